import { SlowReaderError } from '@arcbox/stream';
import type { EngineEvent } from './event-filter.ts';
import { parseNanosecondsQuery } from './event-query.ts';
import { type EventEntry, type EventSource, streamEvents, type ToldEvent } from './stream-events.ts';

const at = (seconds: number, action: string): EngineEvent => ({
  type: 'container',
  action,
  timeNano: BigInt(Math.round(seconds * 1000)) * 1_000_000n,
});

const log = 'a1b2c3d4e5f6';

/** A log that holds `recorded` and, when followed, stays open until it is left. */
function logOf(...recorded: (EngineEvent | Omit<EventEntry, 'log' | 'seq'>)[]): EventSource & { asked: Parameters<EventSource['entries']>[0][] } {
  const asked: Parameters<EventSource['entries']>[0][] = [];
  return {
    asked,
    async *entries(options) {
      asked.push(options);
      const entries = recorded.map((one, index) => ({ log, seq: index + 1, ...('type' in one ? { event: one } : one) }));
      if (options.start) yield entries.filter(({ event }) => !event || !options.wants || options.wants(event));
      if (!options.follow || options.ending.aborted) return;
      await new Promise((resolve) => options.ending.addEventListener('abort', resolve, { once: true }));
    },
  };
}

const second = 1_000_000_000n;
const everything = parseNanosecondsQuery({ since: 0n, until: 0n, filters: {} });
const now = (): number => Math.floor(Date.now() / 1000);
const never = new AbortController().signal;
const told = async (...asked: Parameters<typeof streamEvents>): Promise<ToldEvent[]> => (await Array.fromAsync(streamEvents(...asked))).flat();
const actions = (told: readonly ToldEvent[]): string[] => told.flatMap(({ entry }) => entry.event?.action ?? []);

test('both times past: exactly what happened between them, then the end', async () => {
  const log = logOf(at(99, 'early'), at(100, 'first'), at(105.5, 'within'), at(110, 'last'), at(110.001, 'late'));
  const query = { ...everything, since: 100n * second, until: 110n * second };
  const events = await told(log, query, never);
  expect(actions(events)).toEqual(['first', 'within', 'last']);
  expect(log.asked[0]?.follow).toBe(false);
});

test('the replay begins a little before since, because a clock may have been set back', async () => {
  const log = logOf();
  const startOf = ({ asked: [first] }: typeof log): number => (first?.start && 'time' in first.start ? first.start.time.getTime() : NaN);
  await told(log, { ...everything, since: 100n * second, until: 110n * second }, never);
  expect(startOf(log)).toBeLessThan(100_000);
});

test('only until, and past: everything recorded until then', async () => {
  const log = logOf(at(1, 'a'), at(50, 'b'), at(200, 'c'));
  const events = await told(log, { ...everything, until: 100n * second }, never);
  expect(actions(events)).toEqual(['a', 'b']);
});

test('until in the future ends the stream then, also when nothing happens', async () => {
  const until = now() + 1;
  const query = { ...everything, until: BigInt(until) * second };
  expect(await told(logOf(), query, never)).toEqual([]);
  expect(Date.now()).toBeGreaterThanOrEqual(until * 1000);
});

test('an end that has just come waits for what is on its way', async () => {
  const source = logOf(at(1, 'old'));
  const all = await told(source, { ...everything, until: BigInt(Date.now() - 1) * 1_000_000n }, never);
  expect(actions(all)).toEqual(['old']);
  expect(source.asked[0]?.follow).toBe(true);
});

test('without since it follows the news only', async () => {
  const log = logOf(at(1, 'old'));
  await told(log, { ...everything, until: BigInt(now() + 1) * second }, never);
  expect(log.asked[0]).toMatchObject({ start: undefined, follow: true });
});

test('a cancelled call ends with its reason, not as a finished stream', async () => {
  const abort = new AbortController();
  const reading = told(logOf(), everything, abort.signal);
  abort.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
});

test('a log that is closed under a follower is not the end of its events', async () => {
  const source: EventSource = {
    async *entries() {
      yield [{ log, seq: 1, event: at(1, 'a') }];
    },
  };
  await expect(told(source, everything, never)).rejects.toMatchObject({ kind: 'unavailable' });
  const all = await told(source, { ...everything, until: 30n * second }, never);
  expect(actions(all)).toEqual(['a']);
});

test('a reader that is too slow is told so', async () => {
  const source: EventSource = {
    async *entries() {
      yield [{ log, seq: 1, event: at(1, 'a') }];
      throw new SlowReaderError('behind');
    },
  };
  const reading = told(source, everything, never);
  await expect(reading).rejects.toMatchObject({ kind: 'resource-exhausted' });
});

test('after a cursor: what is older than it wants is not told, and the log is asked for that place', async () => {
  const source = logOf(at(5, 'old'), at(20, 'new'));
  const cursor = { log, seq: 3, since: 10n * second };
  const all = await told(source, { ...everything, cursor, until: 30n * second }, never);
  expect(actions(all)).toEqual(['new']);
  expect(all.at(-1)).toMatchObject({ place: { seq: 2 }, since: 10n * second });
  expect(source.asked[0]?.start).toEqual({ after: cursor });
});

test('who follows everything is asked nothing', async () => {
  const source = logOf();
  const abort = new AbortController();
  const reading = told(source, everything, abort.signal);
  abort.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
  expect(source.asked).toMatchObject([{ wants: undefined }]);
});

test('who follows everything is told the same list as the others, whoever has a beginning in time is not', async () => {
  const entries: EventEntry[] = [{ log, seq: 1, event: at(20, 'a') }];
  const source: EventSource = {
    async *entries() {
      yield entries;
    },
  };
  const first = async (query: typeof everything): Promise<unknown> => (await streamEvents(source, query, never).next()).value;
  const one = await first(everything);
  expect(one).toMatchObject([{ entry: { seq: 1 }, place: { seq: 1 }, since: 0n }]);
  expect(await first({ ...everything })).toBe(one);
  expect(await first({ ...everything, since: 10n * second })).toMatchObject([{ since: 10n * second }]);
});

test('cuts and places are passed on', async () => {
  const all = await told(logOf({ cut: { first: 7n, dropped: 2 } }, at(1, 'a'), {}), { ...everything, until: 30n * second }, never);
  expect(all.map(({ entry, place }) => [entry.cut?.dropped ?? entry.event?.action, place.seq])).toEqual([
    [2, 1],
    ['a', 2],
    [undefined, 3],
  ]);
});

test('with an end, the cursor stays before the first event beyond it, for whoever goes on later', async () => {
  const source = logOf(at(1, 'a'), at(40, 'beyond'), at(2, 'late'), at(41, 'also beyond'), {});
  const all = await told(source, { ...everything, until: 30n * second }, never);
  expect(all.map(({ entry, place }) => [entry.event?.action, place.seq])).toEqual([
    ['a', 1],
    [undefined, 1],
    ['late', 1],
    [undefined, 1],
  ]);
});

test('the log is asked for what the filter wants, and for nothing more', async () => {
  const { filter } = parseNanosecondsQuery({ since: 0n, until: 0n, filters: { event: 'mine' } });
  const source = logOf(at(1, 'other'), at(20, 'mine'), at(21, 'other'), at(5, 'mine'), {});
  const all = await told(source, { ...everything, filter, since: 10n * second, until: 30n * second }, never);
  expect(all.map(({ entry, place }) => [entry.event?.action, place.seq])).toEqual([
    ['mine', 2],
    [undefined, 5],
  ]);
  expect(source.asked[0]?.subjects).toBe('arcbox.events.v1.*.mine');
});
