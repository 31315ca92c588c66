import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { type ChildServer, eventually, freePort, startProcess } from '@arcbox/testing';
import { AckPolicy, type JetStreamManager } from 'nats';
import { Pull } from '../src/pull.ts';
import { ensureStream } from '../src/stream.ts';
import { tail } from '../src/tail.ts';
import { startBusProxy } from './bus-proxy.ts';
import { Publisher } from './publisher.ts';

const stream = 'ARCBOX_EVENTS';
const mebi = 1024 * 1024;
/** Of the life signs of these tests, in milliseconds. */
const heartbeat = 150;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('a pull', () => {
  const store = mkdtempSync(join(tmpdir(), 'abx-pull-'));
  let port: number;
  let server: ChildServer;
  let publisher: Publisher;
  let manager: JetStreamManager;

  /** A server on this port and these files that takes messages of so many bytes. */
  const start = async (maxPayload: number): Promise<void> => {
    const file = join(store, 'nats.conf');
    await writeFile(file, `listen: "127.0.0.1:${port}"\nmax_payload: ${maxPayload}\njetstream { store_dir: "${store}" }\n`);
    server = await startProcess('nats-server', ['-c', file], { port });
  };
  const open = (url = `nats://127.0.0.1:${port}`): Bus => new Bus({ url, name: 'reader', log: silentLogger });

  beforeAll(async () => {
    port = await freePort();
    await start(6 * mebi);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(store, { recursive: true, force: true });
  });
  beforeEach(async () => {
    publisher = await Publisher.open(`nats://127.0.0.1:${port}`);
    await using bus = open();
    await ensureStream(await bus.connection);
    manager = await publisher.manager();
  });
  afterEach(async () => {
    await manager.streams.delete(stream);
    await publisher[Symbol.asyncDispose]();
  });

  const consumer = async (): Promise<string> => (await manager.consumers.add(stream, { ack_policy: AckPolicy.None, mem_storage: true })).name;
  /** Reads all that comes, until it is stopped. */
  const read = (bus: Bus) => {
    const seen: number[] = [];
    const abort = new AbortController();
    const done = (async () => {
      for await (const messages of tail(bus, { start: { seq: 1 }, heartbeat, signal: abort.signal })) seen.push(...messages.map(({ seq }) => seq));
    })();
    return { seen, [Symbol.asyncDispose]: () => (abort.abort(), done) };
  };

  it('waits as long as there are signs of life, and ends when they stop', async () => {
    await using proxy = await startBusProxy(port);
    await using bus = open(proxy.url);
    using pull = new Pull(await bus.connection, await consumer(), heartbeat);
    const first = pull.next();
    await new Promise((resolve) => setTimeout(resolve, 8 * heartbeat));
    await publisher.publish(1);
    expect((await first)?.map(({ seq }) => seq)).toEqual([1]);
    const second = pull.next();
    proxy.hang();
    await publisher.publish(1);
    expect(await second).toBeUndefined();
    // Of what comes after all it has nothing any more.
    proxy.goOn();
    expect(await pull.next()).toBeUndefined();
    expect(bus.connected).toBe(true);
  });

  it('goes on when what was asked for ends, whatever comes in that moment', async () => {
    await using bus = open();
    using pull = new Pull(await bus.connection, await consumer(), 50);
    const end = performance.now() + 1_000;
    let count = 0;
    let seen = 0;
    const reading = (async () => {
      for (let messages = await pull.next(); messages; messages = await pull.next()) seen += messages.length;
      return 'over';
    })();
    while (performance.now() < end) {
      await publisher.publish(1);
      count++;
    }
    await Promise.race([reading, eventually(() => expect(seen).toBe(count))]);
    expect(seen).toBe(count);
  });

  it('is begun anew where it stopped after the connection hung, again and again, without loss or repeat', async () => {
    await using proxy = await startBusProxy(port);
    await using bus = open(proxy.url);
    await publisher.publish(5_000);
    await using reader = read(bus);
    for (const wait of [1, 6]) {
      const before = reader.seen.length;
      await eventually(() => expect(reader.seen.length).toBeGreaterThan(before));
      proxy.hang();
      await publisher.publish(2_000);
      await new Promise((resolve) => setTimeout(resolve, wait * heartbeat));
      proxy.goOn();
    }
    await publisher.publish(10);
    await eventually(() => expect(reader.seen).toHaveLength(9_010));
    expect(reader.seen).toEqual(upTo(9_010));
  });

  it('goes on after the server stood still', async () => {
    await using bus = open();
    await using reader = read(bus);
    for (const wait of [1, 6]) {
      await publisher.publish(500);
      process.kill(server.pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, wait * heartbeat));
      process.kill(server.pid, 'SIGCONT');
      await publisher.publish(500);
    }
    await eventually(() => expect(reader.seen).toHaveLength(2_000));
    expect(reader.seen).toEqual(upTo(2_000));
  });

  it('goes on after the connection broke in the middle', async () => {
    await using proxy = await startBusProxy(port);
    await using bus = open(proxy.url);
    await publisher.publish(9_000);
    await using reader = read(bus);
    for (let i = 0; i < 3; i++) {
      const before = reader.seen.length;
      await eventually(() => expect(reader.seen.length).toBeGreaterThan(before));
      proxy.cut();
      await publisher.publish(100);
    }
    await eventually(() => expect(reader.seen).toHaveLength(9_300));
    expect(reader.seen).toEqual(upTo(9_300));
  });

  it('ends when its consumer is deleted, and is begun anew where it stopped', async () => {
    await using bus = open();
    const name = await consumer();
    using pull = new Pull(await bus.connection, name, heartbeat);
    await publisher.publish(1);
    expect(await pull.next()).toHaveLength(1);
    await manager.consumers.delete(stream, name);
    expect(await pull.next()).toBeUndefined();

    await using reader = read(bus);
    for (let i = 1; i <= 4; i++) {
      await publisher.publish(10);
      await eventually(() => expect(reader.seen).toHaveLength(10 * i + 1));
      for await (const { name: theirs } of manager.consumers.list(stream)) await manager.consumers.delete(stream, theirs);
    }
    expect(reader.seen).toEqual(upTo(41));
  });

  it('ends when there is no such consumer', async () => {
    await using bus = open();
    using pull = new Pull(await bus.connection, 'nobody', heartbeat);
    expect(await pull.next()).toBeUndefined();
  });

  it('brings many large messages in order, no more at a time than were asked for', async () => {
    await using bus = open();
    // Far more bytes than a request may bring, in messages that share no size.
    for (let i = 0; i < 24; i++) await publisher.publish(1, { padding: 'x'.repeat(2 * mebi - i * 50_001) });
    using pull = new Pull(await bus.connection, await consumer());
    const seen: number[] = [];
    while (seen.length < 24) {
      const messages = (await pull.next()) ?? [];
      expect(messages.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(24 * mebi);
      seen.push(...messages.map(({ seq }) => seq));
    }
    expect(seen).toEqual(upTo(24));
  });

  it('brings messages that are larger than all that it asks for at once', async () => {
    await publisher.publish(3);
    for (let i = 0; i < 2; i++) await publisher.publish(1, { padding: 'x'.repeat(5 * mebi) });
    await publisher.publish(3);
    await publisher.publish(1, { padding: 'x'.repeat(5 * mebi) });
    // Since then its limit has been lowered.
    await server.kill();
    await start(mebi);
    await using bus = open();
    await using reader = read(bus);
    await eventually(() => expect(reader.seen).toHaveLength(9));
    await publisher.publish(3_000);
    await eventually(() => expect(reader.seen).toHaveLength(3_009));
    expect(reader.seen).toEqual(upTo(3_009));
  });
});
