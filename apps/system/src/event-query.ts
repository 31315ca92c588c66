import { invalidArgument } from '@arcbox/errors';
import { type Cursor, decodeCursor } from '@arcbox/events';
import { type EventFilter, parseEventFilter } from './event-filter.ts';

/** What a client wants of the log. */
export interface EventQuery {
  /** Unix nanoseconds; 0: not given. */
  readonly since: bigint;
  /** Unix nanoseconds; 0: not given. */
  readonly until: bigint;
  /** Where it goes on from, instead of `since`. */
  readonly cursor?: Cursor;
  readonly filter: EventFilter;
}

interface Asked {
  readonly since: bigint;
  readonly until: bigint;
  readonly cursor?: string;
  readonly filters: { readonly [key: string]: string };
}

const second = 1_000_000_000n;

/** 9999-12-31, the last day that RFC 3339 can write. */
const lastSecond = 253_402_300_799n;

/** Of a request with Unix seconds. INVALID_ARGUMENT for times and filters that make no sense. */
export function parseSecondsQuery(asked: Asked): EventQuery {
  checkTimes(asked, lastSecond);
  return { since: asked.since * second, until: asked.until * second, filter: parseEventFilter(asked.filters) };
}

/** Of a request with Unix nanoseconds. INVALID_ARGUMENT for times, filters and cursors that make no sense. */
export function parseNanosecondsQuery(asked: Asked): EventQuery {
  const { since, until, cursor = '', filters } = asked;
  checkTimes(asked, lastSecond * second);
  if (cursor !== '' && since !== 0n) throw invalidArgument('cursor and since exclude each other');
  return { since, until, filter: parseEventFilter(filters), ...(cursor === '' ? {} : { cursor: decodeCursor(cursor) }) };
}

/** Refuses times that contradict each other. */
function checkTimes({ since, until }: Asked, latest: bigint): void {
  for (const [name, value] of Object.entries({ since, until })) {
    if (value < 0n || value > latest) throw invalidArgument(`${name} is not a time: ${value}`);
  }
  if (until > 0n && since > until) throw invalidArgument(`since (${since}) is after until (${until})`);
}
