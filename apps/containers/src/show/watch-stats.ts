import { invalidArgument } from '@arcbox/errors';
import { LatestByKey } from '@arcbox/stream';
import type { Container } from '../record/container.ts';
import type { Reading, StatsTicker } from './stats-ticker.ts';

export interface WatchStatsDeps {
  readonly containers: { find(reference: string): Container };
  readonly ticker: StatsTicker;
}

/** Milliseconds. */
const [usualInterval, leastInterval, longestInterval] = [1_000, 100, 2 ** 31 - 1];

/**
 * Samples containers until the caller leaves: those that `references` name, or,
 * where there are none, all that run. A reader that is slow gets the newest
 * sample of each. It ends when all that were named are gone.
 */
export async function* watchStats(
  { containers, ticker }: WatchStatsDeps,
  { references, interval }: { references: readonly string[]; interval: number },
  signal: AbortSignal,
): AsyncGenerator<Reading, void, undefined> {
  if (interval !== 0 && interval < leastInterval) {
    throw invalidArgument(`interval_milliseconds must be 0 or at least ${leastInterval}, not ${interval}`);
  }
  // A timer of Node that is to wait longer does not wait at all.
  if (interval > longestInterval) throw invalidArgument(`interval_milliseconds must be at most ${longestInterval}, not ${interval}`);
  const ids = references.map((reference) => containers.find(reference).id);
  const latest = new LatestByKey<Reading>();
  using _watch = ticker.watch(interval || usualInterval, {
    ids: ids.length === 0 ? undefined : new Set(ids),
    take: (reading) => latest.set(reading.id, reading),
    end: (error) => (error === undefined ? latest.end() : latest.fail(error)),
  });
  const stop = (): void => latest.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (!signal.aborted) yield* latest;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
