import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { freePort, itIf } from '@arcbox/testing';
import { bindPort } from './port-socket.ts';
import { copySockets, relayConnections, relayDatagrams } from './relay-socket.ts';

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

  itIf(['root'], 'passes datagrams on, and their answers back to each client', async () => {
    const server = createSocket('udp4');
    server.on('message', (message, { port, address }) => server.send(`heard ${message.toString()}`, port, address));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const port = await freePort();
    using _relay = relayDatagrams(bound('udp', port), () => ({ host: '127.0.0.1', port: server.address().port, family: 4 }));
    const answers = ['one', 'two'].map(async (text) => {
      const client = createSocket('udp6');
      client.send(text, port, '::1');
      const [answer] = (await once(client, 'message')) as [Buffer];
      client.close();
      return answer.toString();
    });
    expect(await Promise.all(answers)).toEqual(['heard one', 'heard two']);
    server.close();
  });
});
