import { type Bus, decodeCursor, encodeCursor, EventLog, type LogEntry, type Place } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { eventually, type NatsServer } from '@arcbox/testing';
import { type LogReader, openLog } from './log-reader.ts';
import type { Publisher } from './publisher.ts';

type Start = NonNullable<Parameters<EventLog['entries']>[0]['start']>;

const usual = { maxAge: 0, maxBytes: 4 * 1024 ** 3 };
const numbers = (entries: readonly LogEntry[]): number[] => entries.flatMap(({ event }) => (event ? [Number(event.action)] : []));
const cuts = (entries: readonly LogEntry[]): LogEntry['cut'][] => entries.flatMap(({ cut }) => (cut ? [cut] : []));
/** More than a reader asks for ahead. */
const many = 6_000;
const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, i) => from + i);

/** One by one, each when it is asked for. */
async function* each<T>(pieces: AsyncIterable<readonly T[]>): AsyncGenerator<T, void, undefined> {
  for await (const piece of pieces) yield* piece;
}

/** As a client keeps it: a word. */
const kept = (place: Place): Place => decodeCursor(encodeCursor(place, 0n));

describe('places in the event log', () => {
  let nats: NatsServer;
  let bus: Bus;
  let log: EventLog;
  let publisher: Publisher;
  let reader: LogReader;
  beforeEach(async () => ({ nats, bus, log, publisher } = reader = await openLog()));
  afterEach(() => reader[Symbol.asyncDispose]());

  const all = async (start: Start, subjects?: string): Promise<LogEntry[]> =>
    (await Array.fromAsync(log.entries({ start, subjects, follow: false, signal: new AbortController().signal }))).flat();
  const follow = (start?: Start, subjects?: string) => {
    const seen: LogEntry[] = [];
    const abort = new AbortController();
    const done = (async () => {
      for await (const entries of log.entries({ start, subjects, follow: true, signal: abort.signal })) seen.push(...entries);
    })();
    return { seen, done, stop: () => abort.abort() };
  };
  const limit = async (maxBytes: number): Promise<void> => {
    await using limiting = new EventLog(bus, silentLogger, { ...usual, maxBytes });
    await eventually(async () => expect((await limiting.state(AbortSignal.timeout(5_000))).retention.maxBytes).toBe(maxBytes));
  };

  it('every one is good to go on from, also the one before anything has happened', async () => {
    const early = follow();
    await eventually(() => expect(early.seen).toHaveLength(1));
    await publisher.publish(40);
    await eventually(() => expect(numbers(early.seen)).toEqual(upTo(40)));
    early.stop();
    await early.done;
    for (const [index, place] of early.seen.entries()) expect(numbers(await all({ after: kept(place) }))).toEqual(upTo(40, index));
    const rest = follow({ after: kept(early.seen[20] as Place) });
    await eventually(() => expect(numbers(rest.seen)).toEqual(upTo(40, 20)));
    await publisher.publish(5);
    await eventually(() => expect(numbers(rest.seen)).toEqual(upTo(45, 20)));
    const news = follow();
    await eventually(() => expect(news.seen).toHaveLength(1));
    await publisher.publish(1);
    await eventually(() => expect(numbers(news.seen)).toEqual([45]));
    expect(numbers(await all({ after: kept(news.seen[0] as Place) }))).toEqual([45]);
    news.stop();
    rest.stop();
    await rest.done;
  });

  it('subjects narrow the history, and its end is told, so that nobody reads it twice', async () => {
    for (let round = 0; round < 3; round++) {
      await publisher.publish(10);
      await publisher.publish(2, { subject: 'arcbox.events.v1.image.pull' });
    }
    const entries = await all({ seq: 1 }, 'arcbox.events.v1.*.pull');
    expect(numbers(entries)).toEqual([10, 11, 22, 23, 34, 35]);
    expect(numbers(await all({ seq: 1 }, 'arcbox.events.v1.container.*'))).toHaveLength(30);
    await publisher.publish(7);
    const later = await all({ after: kept(entries.at(-1) as Place) }, 'arcbox.events.v1.*.pull');
    expect(later).toEqual([{ log: entries[0]?.log, seq: 43 }]);
  });

  it('of another log are refused, and so are those that a lost end has taken away', async () => {
    await publisher.publish(10);
    const seen = await all({ seq: 1 });
    const last = seen.at(-1) as Place;
    const refused = (after: Place): Promise<unknown> => expect(all({ after })).rejects.toMatchObject({ kind: 'failed-precondition' });
    await refused(kept({ ...last, seq: 11 }));
    await refused(kept({ ...last, id: '11111111-2222-4333-8444-555555555555' }));
    await refused(kept({ ...last, log: 'ffffffffffff' }));
    await nats.stop();
    nats.erase();
    await nats.start();
    await publisher.publish(20);
    await eventually(() => refused(kept(last)));
  });

  it('a log that is replaced under a reader is not read on as if it were the same', async () => {
    await publisher.publish(2_500);
    const read = async (): Promise<void> => {
      for await (const entry of each(log.entries({ start: { seq: 1 }, follow: true, signal: new AbortController().signal }))) {
        if (entry.seq !== 2_500) continue;
        await nats.stop();
        nats.erase();
        await nats.start();
        await publisher.publish(3_000);
      }
    };
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable', message: 'the event log was replaced, read it anew' });
  });

  it('a cut is told with what is gone: at the beginning, after a place, and from a time', async () => {
    await publisher.publish(10);
    const early = (await all({ seq: 1 }))[3] as Place;
    const began = new Date();
    await publisher.publish(20, { padding: 'x'.repeat(50_000) });
    await limit(520_000);
    const { first, events } = await log.state(AbortSignal.timeout(5_000));
    expect([first, events]).toEqual([21, 10]);
    const cut = { first: 21n, dropped: first - 1 };
    expect(cuts(await all({ seq: 1 }))).toEqual([cut]);
    expect(numbers(await all({ seq: 1 }))).toEqual(upTo(30, 20));
    expect(cuts(await all({ after: kept(early) }))).toEqual([{ ...cut, dropped: first - 5 }]);
    expect(cuts(await all({ time: began }))).toEqual([{ ...cut, dropped: 0 }]);
    expect(cuts(await all({ seq: first }))).toEqual([]);
    expect(cuts(await all({ time: new Date() }))).toEqual([]);
    await (await publisher.manager()).streams.purge('ARCBOX_EVENTS');
    expect(await all({ after: kept(early) })).toEqual([
      { log: early.log, seq: 30, cut: { first: 0n, dropped: 26 } },
    ]);
  });

  it.each([[undefined], ['arcbox.events.v1.container.*']])('a cut that overtakes a reader is told (subjects: %s)', async (subjects) => {
    await publisher.publish(many);
    const entries: LogEntry[] = [];
    for await (const entry of each(log.entries({ start: { seq: 1 }, subjects, follow: false, signal: new AbortController().signal }))) {
      entries.push(entry);
      // What is asked for ahead is on its way already; the rest goes away under the reader.
      if (entries.length === 10) await limit(20_000);
    }
    const read = numbers(entries);
    const told = cuts(entries);
    expect(read.length).toBeLessThan(many);
    expect(told).toHaveLength(1);
    expect(told[0]?.dropped).toBe(subjects === undefined ? many - read.length : 0);
    expect(told[0]?.first).toBe(BigInt((await log.state(AbortSignal.timeout(5_000))).first));
  });

  it.each([[undefined], ['arcbox.events.v1.container.*']])('who waits for events that are dropped goes on with the news (subjects: %s)', async (subjects) => {
    await publisher.publish(many);
    const entries: LogEntry[] = [];
    const abort = new AbortController();
    for await (const entry of each(log.entries({ start: { seq: 1 }, subjects, follow: true, signal: abort.signal }))) {
      entries.push(entry);
      if (entries.length === 10) await (await publisher.manager()).streams.purge('ARCBOX_EVENTS');
      if (entry.cut) await publisher.publish(1);
      if (entry.event?.action === String(many)) abort.abort();
    }
    const read = numbers(entries).length - 1;
    expect(read).toBeLessThan(many);
    expect(cuts(entries)).toEqual([{ first: 0n, dropped: subjects === undefined ? many - read : 0 }]);
  });

  it('an end in time is the end of the news, not of the history', async () => {
    await publisher.publish(2_500);
    const ending = new AbortController();
    const entries: LogEntry[] = [];
    for await (const entry of each(log.entries({ start: { seq: 1 }, follow: true, ending: ending.signal, signal: new AbortController().signal }))) {
      entries.push(entry);
      if (entries.length !== 5) continue;
      await publisher.publish(50);
      ending.abort();
    }
    expect(numbers(entries)).toEqual(upTo(2_550));
    const follower: LogEntry[] = [];
    const late = new AbortController();
    const other = follow();
    for await (const entry of each(log.entries({ start: { seq: 2_000 }, follow: true, ending: late.signal, signal: new AbortController().signal }))) {
      follower.push(entry);
      if (follower.length === 551) await publisher.publish(5);
      if (follower.length !== 553) continue;
      // What one follower has got is with all of them.
      await eventually(() => expect(numbers(other.seen).slice(-5)).toEqual(upTo(2_555, 2_550)));
      late.abort();
    }
    expect(numbers(follower)).toEqual(upTo(2_555, 1_999));
    other.stop();
    await other.done;
  });

  it('the log gets the limits that are configured and keeps all the rest, and so does one that takes its place', async () => {
    const manager = await publisher.manager();
    const { config: before } = await manager.streams.info('ARCBOX_EVENTS');
    await manager.streams.update('ARCBOX_EVENTS', { description: 'ours', max_msg_size: 1_000_000 });
    await publisher.publish(5);
    await using limited = new EventLog(bus, silentLogger, { maxAge: 3_600_000, maxBytes: 10_000_000 });
    const configured = async (): Promise<void> => {
      const { config } = await manager.streams.info('ARCBOX_EVENTS');
      expect([config.max_age, config.max_bytes]).toEqual([3_600_000_000_000, 10_000_000]);
    };
    await eventually(configured);
    const { config, state } = await manager.streams.info('ARCBOX_EVENTS');
    expect(config).toEqual({ ...before, description: 'ours', max_msg_size: 1_000_000, max_age: 3_600_000_000_000, max_bytes: 10_000_000 });
    expect(state.messages).toBe(5);
    expect(await limited.state(AbortSignal.timeout(5_000))).toMatchObject({ events: 5, firstTime: 1n, retention: { maxAge: 3_600_000, maxBytes: 10_000_000 } });
    await manager.streams.delete('ARCBOX_EVENTS');
    await eventually(configured);
  });

  it('are good after the limits were changed and the server was killed twice, which forgets when it has made the log', async () => {
    await publisher.publish(3);
    const [place] = await all({ seq: 2 });
    await limit(10_000_000);
    await nats.stop('SIGKILL');
    await nats.start();
    await eventually(() => limit(20_000_000));
    await nats.stop('SIGKILL');
    await nats.start();
    await eventually(async () => expect(numbers(await all({ after: kept(place as Place) }))).toEqual([2]));
  });

  it('limits that the bus refuses are not taken, and events come all the same', async () => {
    await using limited = new EventLog(bus, silentLogger, { maxAge: 1_000, maxBytes: 10_000_000 });
    await publisher.publish(3);
    expect((await limited.state(AbortSignal.timeout(5_000))).retention).toEqual(usual);
    const read = limited.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal });
    expect(numbers(await Array.fromAsync(read))).toEqual([0, 1, 2]);
  });
});
