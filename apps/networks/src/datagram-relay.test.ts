import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { eventually, freePort, itIf } from '@arcbox/testing';
import { batch } from './links.ts';
import { DatagramRelay } from './datagram-relay.ts';
import { bindPort } from './port-socket.ts';

function bound(port: number, address: string): number {
  const descriptor = bindPort('udp', port, address, true);
  if (typeof descriptor !== 'number') throw new Error(descriptor);
  return descriptor;
}

async function startServer(): Promise<Socket> {
  const server = createSocket('udp4');
  server.on('message', (message, { port, address }) => server.send(`heard ${message.toString()}`, port, address));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What comes back, to one who takes answers from nobody but whom it has asked. */
async function ask(text: string, port: number, address: string, own?: string, patience = 5_000): Promise<string> {
  const client = createSocket('udp6');
  if (own !== undefined) {
    client.bind(0, own);
    await once(client, 'listening');
  }
  client.connect(port, address);
  await once(client, 'connect');
  client.send(text);
  try {
    const [answer] = (await once(client, 'message', { signal: AbortSignal.timeout(patience) })) as [Buffer];
    return answer.toString();
  } finally {
    client.close();
  }
}

describe('a relay of datagrams', () => {
  itIf(['root'], 'passes them on, and their answers back to each client', async () => {
    const server = await startServer();
    const port = await freePort();
    using _relay = new DatagramRelay(bound(port, '::1'), () => ({ host: '127.0.0.1', port: server.address().port, family: 4 }));
    expect(await Promise.all(['one', 'two'].map((text) => ask(text, port, '::1')))).toEqual(['heard one', 'heard two']);
    server.close();
  });

  itIf(['root', 'ip'], 'answers from the address that was asked, whichever the host has', async () => {
    const server = await startServer();
    const port = await freePort();
    const link = `abo-${process.pid}`;
    const block = `fd97:${(process.pid & 0xffff).toString(16)}:${port.toString(16)}:`;
    const [first, second, later] = [`${block}:1`, `${block}:2`, `${block}:3`];
    const add = (address: string): string => `addr add ${address}/128 dev ${link} nodad`;
    await batch([`link add ${link} type bridge`, `link set ${link} up`, add(first), add(second)]);
    try {
      using _relay = new DatagramRelay(bound(port, '::'), () => ({ host: '127.0.0.1', port: server.address().port, family: 4 }));
      // Where it has the choice, the kernel answers from the address of the one who asks.
      for (const address of [first, second]) expect(await ask('me', port, address, second)).toBe('heard me');
      expect(await ask('me', port, '::1')).toBe('heard me');
      expect(bindPort('udp', port, first)).toBe('taken');
      expect(bindPort('udp', port, '::')).toBe('taken');
      await batch([add(later)]);
      await eventually(async () => expect(await ask('me', port, later, first, 300)).toBe('heard me'));
    } finally {
      await batch([`link del ${link}`]);
      server.close();
    }
  });
});
