import { EngineError, invalidArgument, resourceExhausted, unavailable } from '@arcbox/errors';
import { SlowReaderError } from '@arcbox/stream';
import { abortAt } from './abort-at.ts';
import type { EngineEvent, EventFilter } from './event-filter.ts';

export interface EventQuery {
  /** Unix seconds; 0: not given. */
  readonly since: bigint;
  /** Unix seconds; 0: not given. */
  readonly until: bigint;
  readonly matches: EventFilter;
}

/** The part of the event log that is needed here. */
export interface EventSource {
  read(options: {
    start?: { time: Date };
    follow: boolean;
    signal: AbortSignal;
  }): AsyncIterable<{ readonly event: EngineEvent }>;
}

/** An event carries the time of its commit; the log takes it later, or, after the clock was set back, earlier. */
const clockTolerance = 5_000;

/** Events of the last moment before `until` are still on their way; milliseconds. */
const onTheWay = 100;

/** 9999-12-31, the last day that RFC 3339 can write. */
const lastSecond = 253_402_300_799n;

/** Refuses times that contradict each other. */
export function checkTimes({ since, until }: { since: bigint; until: bigint }): void {
  for (const [name, value] of Object.entries({ since, until })) {
    if (value < 0n || value > lastSecond) throw invalidArgument(`${name} is not a time: ${value}`);
  }
  if (until > 0n && since > until) throw invalidArgument(`since (${since}) is after until (${until})`);
}

/**
 * Events from `since` up to `until`, the recorded ones first, then the news,
 * without gap or repeat. Without `since` it begins with the news; but when
 * `until` is past there will be none, and it is everything recorded until then.
 */
export async function* streamEvents(
  source: EventSource,
  query: EventQuery,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent, void, undefined> {
  const until = query.until === 0n ? undefined : Number(query.until) * 1000;
  const past = until !== undefined && until <= Date.now();
  using ending = abortAt(until === undefined || past ? undefined : until + onTheWay, signal);
  const first = query.since * 1_000_000_000n;
  const last = until === undefined ? undefined : query.until * 1_000_000_000n;
  const start = query.since > 0n || past ? { time: startTime(query.since) } : undefined;
  try {
    for await (const { event } of source.read({ start, follow: !past, signal: ending.signal })) {
      if (event.timeNano < first || (last !== undefined && event.timeNano > last)) continue;
      if (query.matches(event)) yield event;
    }
  } catch (error) {
    throw translate(error);
  }
  signal.throwIfAborted();
}

const startTime = (since: bigint): Date => new Date(Math.max(0, Number(since) * 1000 - clockTolerance));

function translate(error: unknown): unknown {
  if (error instanceof SlowReaderError) {
    return resourceExhausted('this client reads events too slowly; call again with the time of the last one', error);
  }
  // What the bus client throws when its server went away has this name.
  const lost = error instanceof Error && !(error instanceof EngineError) && error.name === 'NatsError';
  return lost ? unavailable('the event log cannot be reached', error) : error;
}
