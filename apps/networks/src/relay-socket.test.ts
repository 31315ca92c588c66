import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { freePort, itIf } from '@arcbox/testing';
import { bindPort } from './port-socket.ts';
import { copySockets, relayConnections } from './relay-socket.ts';

function bound(protocol: 'tcp' | 'udp', port: number): number {
  const descriptor = bindPort(protocol, port, '::1', true);
  if (typeof descriptor !== 'number') throw new Error(descriptor);
  return descriptor;
}

describe('a relay', () => {
  itIf(['root'], 'passes a connection on, half of it closed as well, and those that came before it', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const parts: Buffer[] = [];
      socket.on('data', (part) => parts.push(part));
      socket.on('end', () => socket.end(`heard ${Buffer.concat(parts).toString()}`));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const port = await freePort();
    const held = bound('tcp', port);
    const early = connect({ host: '::1', port, allowHalfOpen: true });
    early.end('all');
    const [copy = -1] = copySockets(process.pid, [held]);
    const { port: inner } = server.address() as AddressInfo;
    using _relay = relayConnections(copy, () => ({ host: '127.0.0.1', port: inner, family: 4 }));
    expect(String((await once(early, 'data'))[0])).toBe('heard all');
    expect(bindPort('tcp', port, '::1')).toBe('taken');
    closeSync(held);
    server.close();
  });
});
