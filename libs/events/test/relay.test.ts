import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, startRelay } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { openStore, type Store } from '@arcbox/store';
import { eventually, type NatsServer, startNats, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { connect, headers } from 'nats';
import { publishAll } from '../src/publish-all.ts';
import { everything, type Stored } from './subscriber.ts';

const source = 'arcbox://here/containers';

/** One replica: its own connection to the bus, its own handle of the shared store. */
class Replica implements AsyncDisposable {
  readonly bus: Bus;
  readonly store: Store;
  readonly #relay: AsyncDisposable;

  constructor(url: string, file: string, pace?: number) {
    this.bus = new Bus({ url, name: 'replica', log: silentLogger });
    this.store = openStore(file);
    this.#relay = startRelay({ bus: this.bus, store: this.store, source, log: silentLogger, pace });
  }

  append(action: string, id: string, attributes: Record<string, string> = {}): void {
    this.store.outbox.append({ type: 'container', action, actor: { id, attributes } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay[Symbol.asyncDispose]();
    this.store[Symbol.dispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

/** Numbers in the actions of each object, in the order of the stream. */
function perObject(stored: Stored[]): Map<string, number[]> {
  const result = new Map<string, number[]>();
  for (const { event } of stored) {
    const id = event.actor?.id ?? '';
    result.set(id, [...(result.get(id) ?? []), Number(event.action)]);
  }
  return result;
}

describe('relay', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  let file: string;
  beforeEach(async () => {
    root = temporaryRoot();
    nats = await startNats();
    file = join(root.path, 'state.db');
  });
  afterEach(async () => {
    await nats[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });
  const replica = (pace?: number): Replica => new Replica(nats.url, file, pace);
  const emptied = (store: Store): Promise<void> =>
    eventually(() => {
      expect(store.outbox.waiting).toBe(0);
    });

  it('publishes with the headers of CloudEvents, on a subject that NATS allows', async () => {
    await using one = replica();
    one.append('exec_create: sh -c "x"', 'a'.repeat(64), { name: 'web', exitCode: '0' });
    await emptied(one.store);
    const [stored] = await everything(nats.url);
    expect(stored?.subject).toBe('arcbox.events.v1.container.exec_create__sh_-c__x_');
    expect(stored?.event).toMatchObject({
      type: 'container',
      action: 'exec_create: sh -c "x"',
      actor: { id: 'a'.repeat(64), attributes: { name: 'web', exitCode: '0' } },
    });
    const header = (name: string): string | undefined => stored?.headers?.get(name);
    expect(header('ce-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(header('Nats-Msg-Id')).toBe(header('ce-id'));
    expect(header('ce-source')).toBe(source);
    expect(header('ce-specversion')).toBe('1.0');
    expect(header('ce-type')).toBe('arcbox.events.v1.container.exec_create: sh -c "x"');
    expect(header('ce-subject')).toBe('a'.repeat(64));
    expect(header('content-type')).toBe('application/protobuf');
    expect(header('ce-time')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const nanos = BigInt(Date.parse(`${header('ce-time')?.slice(0, 19)}Z`)) * 1_000_000n + BigInt(header('ce-time')?.slice(20, 29) ?? 0);
    expect(stored?.event.timeNano).toBe(nanos);
  });

  it('keeps the order of each object, once each, with two replicas and a server that is killed meanwhile', async () => {
    await using first = replica();
    await using second = replica();
    await Promise.all([first.bus.connection, second.bus.connection]);
    const objects = ['a', 'b', 'c', 'd', 'e'];
    const count = 120;
    for (let i = 0; i < count; i++) {
      for (const object of objects) (i % 2 === 0 ? first : second).append(String(i), object);
      await sleep(2);
      if (i === 40) void nats.stop('SIGKILL').then(() => nats.start());
      if (i === 90) void nats.stop('SIGTERM').then(() => nats.start());
    }
    await emptied(first.store);
    const stored = await everything(nats.url);
    const numbers = Array.from({ length: count }, (_, i) => i);
    expect(Object.fromEntries(perObject(stored))).toEqual(Object.fromEntries(objects.map((object) => [object, numbers])));
    expect(new Set(stored.map(({ headers }) => headers?.get('ce-id'))).size).toBe(count * objects.length);
    const times = stored.filter(({ event }) => event.actor?.id === 'a').map(({ event }) => event.timeNano);
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  it('loses nothing when the server is away from the beginning, and does not hold up its process', async () => {
    await nats.stop();
    await using one = replica();
    for (let i = 0; i < 10; i++) one.append(String(i), 'x');
    await sleep(300);
    expect(one.store.outbox.waiting).toBe(10);
    await nats.start();
    await emptied(one.store);
    expect(perObject(await everything(nats.url)).get('x')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('publishes at once after a silence and while events of one object wait for each other; what comes right after waits for more', async () => {
    await using one = replica(600_000);
    one.store.transaction(() => {
      for (let i = 0; i < 5; i++) one.append(String(i), 'x');
    });
    await emptied(one.store);
    one.append('5', 'x');
    one.append('6', 'y');
    await sleep(100);
    expect(one.store.outbox.waiting).toBe(2);
    expect(perObject(await everything(nats.url)).get('x')).toEqual([0, 1, 2, 3, 4]);
    await using other = replica();
    await one[Symbol.asyncDispose]();
    await emptied(other.store);
    expect(perObject(await everything(nats.url)).get('x')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('says of each message where the stream has it, or why it has not', async () => {
    await using one = replica();
    const connection = await one.bus.connection;
    one.append('create', 'x');
    await emptied(one.store);
    const [subject, data] = ['arcbox.events.v1.image.pull', new Uint8Array()];
    const wrong = headers();
    wrong.set('Nats-Expected-Stream', 'OTHER');
    const places = await publishAll(connection, [
      { subject, data, headers: headers() },
      { subject, data, headers: wrong },
      { subject: 'nowhere', data, headers: headers() },
      { subject, data, headers: headers() },
    ]);
    const refused = (why: string): unknown => expect.objectContaining({ message: expect.stringContaining(why) });
    expect(places).toEqual([2, refused('expected stream'), refused('503'), 3]);
  });

  it('what a dead replica has left is published by another one', async () => {
    {
      const store = openStore(file);
      store.outbox.append({ type: 'image', action: 'pull', actor: { id: 'x', attributes: {} } });
      store[Symbol.dispose]();
    }
    await using one = replica();
    await emptied(one.store);
    expect(await everything(nats.url)).toHaveLength(1);
    // And what one without a relay of its own appends, within the patrol.
    using other = openStore(file);
    other.outbox.append({ type: 'image', action: 'tag', actor: { id: 'x', attributes: {} } });
    await emptied(one.store);
    expect(await everything(nats.url)).toHaveLength(2);
  });

  it('a replica that finds the relay taken leaves its process time for other work', async () => {
    await using one = replica();
    await one.bus.connection;
    using other = openStore(file);
    using lease = other.leases.tryHold('outbox-relay');
    expect(lease).toBeDefined();
    one.append('create', 'x');
    const started = performance.now();
    let turns = 0;
    while (performance.now() - started < 300) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
    expect(turns).toBeGreaterThan(100);
    expect(one.store.outbox.waiting).toBe(1);
    lease?.[Symbol.dispose]();
    await emptied(one.store);
  });

  it('publishes again what the server lost, also when others have written in its place, and nothing else', async () => {
    {
      await using one = replica();
      for (let i = 0; i < 6; i++) one.append(String(i), 'x');
      await emptied(one.store);
      await loseTail(nats.url, 4);
      // Another service is quicker: its event takes a place that was lost.
      await publishForeign(nats.url, 'foreign');
      expect((await everything(nats.url)).map(({ event }) => event.action)).toEqual(['0', '1', '2', '3', 'foreign']);
      await nats.stop();
      await nats.start();
      await eventually(async () => {
        expect((await everything(nats.url)).map(({ event }) => event.action)).toEqual(['0', '1', '2', '3', 'foreign', '4', '5']);
      });
      one.append('6', 'x');
      await emptied(one.store);
    }
    await using again = replica();
    again.append('7', 'x');
    await emptied(again.store);
    expect(perObject(await everything(nats.url)).get('x')).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('events that waited longer than the server remembers ids are not stored twice', async () => {
    const store = openStore(file);
    for (let i = 0; i < 3; i++) store.outbox.append({ type: 'container', action: String(i), actor: { id: 'x', attributes: {} } });
    const hourAgo = BigInt(Date.now() - 3_600_000) * 1_000_000n;
    for (let seq = 1; seq <= 3; seq++) {
      store.db.prepare('UPDATE outbox SET time_nano = ? WHERE seq = ?').run(String(hourAgo + BigInt(seq)), seq);
    }
    {
      await using one = replica();
      await emptied(one.store);
    }
    // As if the power had gone before the store had noted the answers, and the server forgot the ids.
    await forgetIds(nats);
    store.db.exec('UPDATE outbox SET published_at = NULL, stream_seq = NULL WHERE seq >= 2');
    store[Symbol.dispose]();
    await using one = replica();
    one.append('3', 'x');
    await emptied(one.store);
    expect(perObject(await everything(nats.url)).get('x')).toEqual([0, 1, 2, 3]);
  });

  it('ends at once, connected or not', async () => {
    const started = performance.now();
    {
      await using _one = replica();
    }
    await nats.stop();
    {
      await using one = replica();
      one.append('create', 'x');
      await sleep(50);
    }
    await nats.start();
    const disconnected = replica();
    await disconnected.bus.connection;
    await nats.stop('SIGKILL');
    disconnected.append('start', 'x');
    await disconnected[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

/** Makes the stream end at `last`, as after a power cut: its later messages never were. */
async function loseTail(url: string, last: number): Promise<void> {
  const kept = (await everything(url)).slice(0, last);
  const connection = await connect({ servers: url.replace('nats://', '') });
  const manager = await connection.jetstreamManager();
  const { config } = await manager.streams.info('ARCBOX_EVENTS');
  await manager.streams.delete('ARCBOX_EVENTS');
  await manager.streams.add(config);
  const { Event } = await import('@arcbox/proto/arcbox/v1/api');
  for (const { subject, headers, event } of kept) {
    await connection.jetstream().publish(subject, Event.encode(event).finish(), { headers });
  }
  await connection.close();
}

async function publishForeign(url: string, action: string): Promise<void> {
  const connection = await connect({ servers: url.replace('nats://', '') });
  const { Event } = await import('@arcbox/proto/arcbox/v1/api');
  await connection.jetstream().publish('arcbox.events.v1.image.pull', Event.encode(Event.fromPartial({ action })).finish());
  await connection.close();
}

/** Shortens the memory of ids to nothing for a moment. */
async function forgetIds(nats: NatsServer): Promise<void> {
  const connection = await connect({ servers: nats.url.replace('nats://', '') });
  const manager = await connection.jetstreamManager();
  const { config } = await manager.streams.info('ARCBOX_EVENTS');
  await manager.streams.update('ARCBOX_EVENTS', { ...config, duplicate_window: 100_000_000 });
  await sleep(1_000);
  await manager.streams.update('ARCBOX_EVENTS', config);
  await connection.close();
}
