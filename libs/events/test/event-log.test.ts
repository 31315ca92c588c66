import { setTimeout as sleep } from 'node:timers/promises';
import { Bus, EventLog, type LogEntry, type LoggedEvent } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { SlowReaderError } from '@arcbox/stream';
import { eventually, type NatsServer } from '@arcbox/testing';
import { connect } from 'nats';
import { type LogReader, openLog } from './log-reader.ts';
import type { Publisher } from './publisher.ts';

const numbers = (events: readonly LoggedEvent[]): number[] => events.map(({ event }) => Number(event.action));
const upTo = (count: number, from = 0): number[] => Array.from({ length: count - from }, (_, i) => from + i);

describe('EventLog', () => {
  let nats: NatsServer;
  let bus: Bus;
  let log: EventLog;
  let publisher: Publisher;
  let reader: LogReader;
  beforeEach(async () => ({ nats, bus, log, publisher } = reader = await openLog()));
  afterEach(() => reader[Symbol.asyncDispose]());

  /** A follower that runs until it is stopped. */
  const follow = (start?: { seq: number } | { time: Date }) => {
    const seen: LoggedEvent[] = [];
    const abort = new AbortController();
    const done = (async () => {
      for await (const item of log.read({ start, follow: true, signal: abort.signal })) seen.push(item);
    })();
    return { seen, done, stop: () => abort.abort() };
  };
  const all = async (start: { seq: number } | { time: Date }): Promise<LoggedEvent[]> => {
    const seen: LoggedEvent[] = [];
    for await (const item of log.read({ start, follow: false, signal: new AbortController().signal })) seen.push(item);
    return seen;
  };

  it('reads history from a place and from a time, and ends', async () => {
    expect(await all({ seq: 1 })).toEqual([]);
    await publisher.publish(1_500);
    await sleep(20);
    const between = new Date();
    await sleep(20);
    await publisher.publish(30);
    expect(numbers(await all({ seq: 1 }))).toEqual(upTo(1_530));
    expect(numbers(await all({ seq: 1_501 }))).toEqual(upTo(1_530, 1_500));
    expect(numbers(await all({ time: between }))).toEqual(upTo(1_530, 1_500));
    expect(numbers(await all({ time: new Date(0) }))).toEqual(upTo(1_530));
    expect(await all({ seq: 9_999 })).toEqual([]);
    expect(await all({ time: new Date(Date.now() + 60_000) })).toEqual([]);
  });

  it('tells many who follow everything the same lists, in order and each once', async () => {
    const abort = new AbortController();
    const followers = Array.from({ length: 100 }, () => [] as (readonly LogEntry[])[]);
    const reading = followers.map(async (lists) => {
      for await (const list of log.entries({ follow: true, signal: abort.signal })) lists.push(list);
    });
    await eventually(() => expect(followers.every(({ length }) => length === 1)).toBe(true));
    for (let done = 0; done < 30; done++) await publisher.publish(1 + done);
    const told = (lists: readonly (readonly LogEntry[])[]): number[] => lists.flat().flatMap(({ event }) => (event ? [Number(event.action)] : []));
    await eventually(() => expect(followers.every((lists) => told(lists).length === publisher.published)).toBe(true));
    const [first = [], ...others] = followers;
    expect(told(first)).toEqual(upTo(publisher.published));
    // The first of all says where each began.
    for (const lists of others) expect(lists.slice(1).every((list, index) => list === first[index + 1])).toBe(true);
    abort.abort();
    await Promise.all(reading);
  });

  it('replays and follows without gap or repeat while others publish', async () => {
    await publisher.publish(2_000);
    const began = new Date();
    const publishing = publisher.publish(4_000);
    const followers = [follow({ seq: 1 }), follow({ time: new Date(0) }), follow({ seq: 1_990 }), follow({ time: began })];
    await sleep(30);
    followers.push(follow({ seq: 1 }), follow({ time: new Date() }), follow());
    await publishing;
    await publisher.publish(50);
    await eventually(() => {
      for (const { seen } of followers) expect(numbers(seen).at(-1)).toBe(6_049);
    });
    for (const { seen } of followers) {
      const got = numbers(seen);
      expect(got).toEqual(upTo(6_050, got[0]));
      expect(seen.map(({ seq }) => seq)).toEqual(got.map((number) => number + 1));
    }
    expect(followers.slice(0, 2).map(({ seen }) => numbers(seen)[0])).toEqual([0, 0]);
    expect(numbers(followers[2]?.seen ?? [])[0]).toBe(1_989);
    for (const { stop, done } of followers) {
      stop();
      await done;
    }
  });

  it('a reader that sleeps during its replay misses nothing', async () => {
    await publisher.publish(3_000);
    const seen: LoggedEvent[] = [];
    const abort = new AbortController();
    for await (const item of log.read({ start: { seq: 1 }, follow: true, signal: abort.signal })) {
      seen.push(item);
      if (seen.length === 100) {
        await publisher.publish(3_000);
        await sleep(500);
      }
      if (seen.length === 6_000) abort.abort();
    }
    expect(numbers(seen)).toEqual(upTo(6_000));
  });

  it('a follower that is too slow is ended alone', async () => {
    const quick = follow();
    const abort = new AbortController();
    const slow = log.read({ follow: true, signal: abort.signal });
    const first = slow.next();
    await sleep(100);
    await publisher.publish(1);
    await first;
    await publisher.publish(17_000);
    await eventually(() => expect(quick.seen).toHaveLength(17_001));
    const rest = async (): Promise<number> => {
      let count = 0;
      for await (const _ of slow) count++;
      return count;
    };
    await expect(rest()).rejects.toThrow(SlowReaderError);
    await publisher.publish(1);
    await eventually(() => expect(quick.seen).toHaveLength(17_002));
    quick.stop();
    await quick.done;
  });

  it('goes on after the server was restarted or killed, in history and in the live feed', async () => {
    await publisher.publish(5_000);
    const followers = [follow({ seq: 1 }), follow(), follow({ time: new Date(0) })];
    const slow: LoggedEvent[] = [];
    const slowly = (async () => {
      for await (const item of log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal })) {
        slow.push(item);
        if (slow.length % 500 === 0) await sleep(150);
      }
    })();
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await sleep(300);
      await nats.stop(signal);
      await sleep(300);
      await nats.start();
      await eventually(() => publisher.publish(1));
    }
    const restarted = performance.now();
    await publisher.publish(100);
    const last = publisher.published - 1;
    await eventually(() => {
      for (const { seen } of followers) expect(numbers(seen).at(-1)).toBe(last);
    });
    expect(performance.now() - restarted).toBeLessThan(10_000);
    for (const { seen } of followers) {
      const places = seen.map(({ seq }) => seq);
      expect(places).toEqual(upTo((places.at(-1) ?? 0) + 1, places[0]));
    }
    await slowly;
    expect(numbers(slow)).toEqual(upTo(5_000));
    for (const { stop, done } of followers) {
      stop();
      await done;
    }
  });

  it('tells followers when the log is another one, and goes on with that', async () => {
    await publisher.publish(10);
    const follower = follow();
    const end = expect(follower.done).rejects.toMatchObject({ kind: 'unavailable', message: 'the event log was replaced, read it anew' });
    await sleep(100);
    await nats.stop();
    nats.erase();
    await nats.start();
    await end;
    const next = follow();
    await publisher.publish(3);
    await eventually(() => expect(numbers(next.seen)).toEqual([10, 11, 12]));
    next.stop();
    await next.done;
    expect(numbers(await all({ seq: 1 }))).toEqual([10, 11, 12]);
  });

  it('what somebody publishes that is no event is passed over, in history and in the live feed', async () => {
    const wants = ({ type }: { readonly type: string }): boolean => type === 'container';
    const abort = new AbortController();
    const followed: LoggedEvent[][] = [[], []];
    const reading = [undefined, wants].map(async (wanted, index) => {
      for await (const item of log.read({ start: { seq: 1 }, wants: wanted, follow: true, signal: abort.signal })) followed[index]?.push(item);
    });
    await publisher.publish(3);
    await eventually(() => expect(followed.map(numbers)).toEqual([upTo(3), upTo(3)]));
    const stranger = await connect({ servers: nats.url.replace('nats://', '') });
    for (const words of ['hello', 'no event at all', '']) await stranger.jetstream().publish('arcbox.events.v1.container.x', words);
    await stranger.close();
    await publisher.publish(3);
    await eventually(() => expect(followed.map(numbers)).toEqual([upTo(6), upTo(6)]));
    abort.abort();
    await Promise.all(reading);
    expect(numbers(await all({ seq: 1 }))).toEqual(upTo(6));
    await (await publisher.manager()).streams.purge('ARCBOX_EVENTS', { seq: 4 });
    expect((await log.state(AbortSignal.timeout(5_000))).firstTime).toBe(0n);
  });

  it('leaves no consumers behind', async () => {
    await publisher.publish(100);
    for (let i = 0; i < 5; i++) await all({ seq: 1 });
    const follower = follow({ seq: 1 });
    await eventually(() => expect(follower.seen).toHaveLength(100));
    follower.stop();
    await follower.done;
    await eventually(async () => {
      const { state } = await (await publisher.manager()).streams.info('ARCBOX_EVENTS');
      expect(state.consumer_count).toBe(1);
    });
  });

  it('says that the log cannot be reached, ends with its signal, and closes at once', async () => {
    await using away = new Bus({ url: 'nats://127.0.0.1:1', name: 'away', log: silentLogger });
    const unreachable = new EventLog(away, silentLogger);
    const read = async (start: { seq: number } | undefined, signal: AbortSignal): Promise<number> => {
      let count = 0;
      for await (const _ of unreachable.read({ start, follow: true, signal })) count++;
      return count;
    };
    const never = new AbortController().signal;
    const lost = { kind: 'unavailable', message: 'the event log cannot be reached' };
    const asked = [read({ seq: 1 }, never), read(undefined, never), unreachable.state(never)];
    await Promise.all(asked.map((one) => expect(one).rejects.toMatchObject(lost)));
    for (const start of [{ seq: 1 }, undefined]) {
      const abort = new AbortController();
      const reading = read(start, abort.signal);
      await sleep(50);
      abort.abort();
      expect(await reading).toBe(0);
      expect(await read(start, abort.signal)).toBe(0);
    }
    const waiting = expect(read(undefined, never)).rejects.toMatchObject({ kind: 'unavailable', message: 'the event log is closed' });
    const started = performance.now();
    await unreachable[Symbol.asyncDispose]();
    await waiting;
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('closes at once, with followers, when the server has just gone', async () => {
    const followers = [follow(), follow({ seq: 1 })];
    await publisher.publish(10);
    await eventually(() => expect(followers[1]?.seen).toHaveLength(10));
    await nats.stop('SIGKILL');
    const started = performance.now();
    await log[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
    for (const { done } of followers) await done;
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
