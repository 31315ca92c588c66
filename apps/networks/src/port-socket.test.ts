import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { bindPort } from './port-socket.ts';

const address = '127.0.0.1';

/** A port on which a server has just ended that closed its connections first: the kernel remembers them. */
async function portOfThePast(): Promise<number> {
  const server = createServer((connection) => connection.destroySoon()).listen(0, address);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect(port, address).resume();
  await once(client, 'close');
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.each([['led to a container by the firewall', false], ['taken by a relay', true]])('a port that is %s', (_, receives) => {
  it('can be had while connections of the past linger, and then by nobody else', async () => {
    const port = await portOfThePast();
    const held = bindPort('tcp', port, address, receives);
    expect(typeof held).toBe('number');
    expect(bindPort('tcp', port, address, receives)).toBe('taken');
    expect(bindPort('tcp', port, '0.0.0.0')).toBe('taken');
    const other = createServer().listen(port, address);
    await expect(once(other, 'listening')).rejects.toMatchObject({ code: 'EADDRINUSE' });
    closeSync(Number(held));
  });

  it('cannot be had while somebody listens', async () => {
    const server = createServer().listen(0, address);
    await once(server, 'listening');
    expect(bindPort('tcp', (server.address() as AddressInfo).port, address, receives)).toBe('taken');
    await new Promise((resolve) => server.close(resolve));
  });
});

it('a port that somebody here has served is had again while connections linger that were ended here', async () => {
  const port = await portOfThePast();
  for (let round = 0; round < 2; round++) {
    const held = bindPort('tcp', port, address, true);
    expect(held).toEqual(expect.any(Number));
    const server = createServer((connection) => connection.destroySoon()).listen({ fd: Number(held) });
    await once(connect(port, address).resume(), 'close');
    await new Promise((resolve) => server.close(resolve));
  }
});
