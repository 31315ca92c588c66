import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { eventually, freePort, startNats, startProcess } from '@arcbox/testing';

const open = (url: string): Bus => new Bus({ url, name: 'test', log: silentLogger });

describe('Bus', () => {
  it('waits for a server that comes later, and tells when it goes and comes back', async () => {
    await using nats = await startNats();
    await nats.stop();
    await using bus = open(nats.url);
    const told: string[] = [];
    const abort = new AbortController();
    bus.onDisconnect(() => told.push('gone'), abort.signal);
    bus.onReconnect(() => told.push('back'), abort.signal);
    await sleep(200);
    expect(bus.connected).toBe(false);
    await nats.start();
    const connection = await bus.connection;
    expect(bus.connected).toBe(true);
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await nats.stop(signal);
      await eventually(() => expect(bus.connected).toBe(false));
      await nats.start();
      expect(await bus.whenConnected(AbortSignal.timeout(10_000))).toBe(connection);
    }
    expect(told).toEqual(['gone', 'back', 'gone', 'back']);
    abort.abort();
    await nats.stop();
    await eventually(() => expect(bus.connected).toBe(false));
    expect(told).toHaveLength(4);
  });

  it('closes at once when it never had a connection, whatever is at the other end', async () => {
    const heard = new Set<Socket>();
    const deaf = createServer((socket) => void heard.add(socket)).listen(0, '127.0.0.1');
    await new Promise((resolve) => deaf.once('listening', resolve));
    const { port } = deaf.address() as { port: number };
    for (const url of ['nats://127.0.0.1:1', `nats://127.0.0.1:${port}`]) {
      const bus = open(url);
      const waiting = expect(bus.whenConnected(new AbortController().signal)).rejects.toThrow();
      await sleep(50);
      const started = performance.now();
      await bus[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      expect(performance.now() - started).toBeLessThan(1_000);
      await expect(bus.connection).rejects.toThrow();
      await waiting;
    }
    deaf.close();
    for (const socket of heard) socket.destroy();
  });

  it('closes at once while the server is away', async () => {
    await using nats = await startNats();
    const bus = open(nats.url);
    await bus.connection;
    await nats.stop('SIGKILL');
    const started = performance.now();
    await bus[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('shows its credentials, and goes on asking while they are refused', async () => {
    const port = await freePort();
    const start = (token: string) => startProcess('nats-server', ['-a', '127.0.0.1', '-p', String(port), '--auth', token], { port });
    const first = await start('s3cret');
    await using bus = open(`nats://s3cret@127.0.0.1:${port}`);
    await bus.connection;
    await first.kill();
    const other = await start('another');
    await sleep(1_500);
    expect(bus.connected).toBe(false);
    await other.kill();
    await using _again = await start('s3cret');
    await eventually(() => expect(bus.connected).toBe(true));
  });
});
