import { SlowReaderError } from '@arcbox/stream';
import type { EngineEvent } from './event-filter.ts';
import { checkTimes, type EventSource, streamEvents } from './stream-events.ts';

const at = (seconds: number, action: string): EngineEvent => ({
  type: 'container',
  action,
  timeNano: BigInt(Math.round(seconds * 1000)) * 1_000_000n,
});

/** A log that holds `recorded` and, when followed, stays open until it is left. */
function logOf(...recorded: EngineEvent[]): EventSource & { asked: Parameters<EventSource['read']>[0][] } {
  const asked: Parameters<EventSource['read']>[0][] = [];
  return {
    asked,
    async *read(options) {
      asked.push(options);
      if (options.start) for (const event of recorded) yield { event };
      if (!options.follow || options.signal.aborted) return;
      await new Promise((resolve) => options.signal.addEventListener('abort', resolve, { once: true }));
    },
  };
}

const everything = { since: 0n, until: 0n, matches: () => true };
const now = (): number => Math.floor(Date.now() / 1000);

test('both times past: exactly what happened between them, then the end', async () => {
  const log = logOf(at(99, 'early'), at(100, 'first'), at(105.5, 'within'), at(110, 'last'), at(110.001, 'late'));
  const query = { ...everything, since: 100n, until: 110n };
  const events = await Array.fromAsync(streamEvents(log, query, new AbortController().signal));
  expect(events.map(({ action }) => action)).toEqual(['first', 'within', 'last']);
  expect(log.asked[0]?.follow).toBe(false);
});

test('the replay begins a little before since, because a clock may have been set back', async () => {
  const log = logOf();
  await Array.fromAsync(streamEvents(log, { ...everything, since: 100n, until: 110n }, new AbortController().signal));
  expect(log.asked[0]?.start?.time.getTime()).toBeLessThan(100_000);
});

test('only until, and past: everything recorded until then', async () => {
  const log = logOf(at(1, 'a'), at(50, 'b'), at(200, 'c'));
  const events = await Array.fromAsync(streamEvents(log, { ...everything, until: 100n }, new AbortController().signal));
  expect(events.map(({ action }) => action)).toEqual(['a', 'b']);
});

test('until in the future ends the stream then, also when nothing happens', async () => {
  const until = now() + 1;
  const query = { ...everything, until: BigInt(until) };
  expect(await Array.fromAsync(streamEvents(logOf(), query, new AbortController().signal))).toEqual([]);
  expect(Date.now()).toBeGreaterThanOrEqual(until * 1000);
});

test('without since it follows the news only', async () => {
  const log = logOf(at(1, 'old'));
  await Array.fromAsync(streamEvents(log, { ...everything, until: BigInt(now() + 1) }, new AbortController().signal));
  expect(log.asked[0]).toMatchObject({ start: undefined, follow: true });
});

test('a cancelled call ends with its reason, not as a finished stream', async () => {
  const abort = new AbortController();
  const reading = Array.fromAsync(streamEvents(logOf(), everything, abort.signal));
  abort.abort(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
});

test('a reader that is too slow is told so', async () => {
  const source: EventSource = {
    async *read() {
      yield { event: at(1, 'a') };
      throw new SlowReaderError('behind');
    },
  };
  const reading = Array.fromAsync(streamEvents(source, everything, new AbortController().signal));
  await expect(reading).rejects.toMatchObject({ kind: 'resource-exhausted' });
});

test.each([
  [{ since: -1n, until: 0n }, 'since is not a time: -1'],
  [{ since: 0n, until: 2n ** 62n }, `until is not a time: ${2n ** 62n}`],
  [{ since: 10n, until: 9n }, 'since (10) is after until (9)'],
])('refused: %s', (times, message) => {
  expect(() => checkTimes(times)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
