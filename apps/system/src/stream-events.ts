import { resourceExhausted, unavailable } from '@arcbox/errors';
import type { Cut, Place } from '@arcbox/events';
import type { RequestScope } from '@arcbox/request';
import { SlowReaderError } from '@arcbox/stream';
import { abortAt } from './abort-at.ts';
import type { EngineEvent } from './event-filter.ts';
import type { EventQuery } from './event-query.ts';
import { onceFor } from './once-for.ts';

/** What the log gives: an event, a cut, or only how far reading has come. */
export interface EventEntry extends Place {
  readonly event?: EngineEvent;
  readonly cause?: RequestScope;
  readonly cut?: Cut;
}

/** What a client is told: an entry, and where to go on after it. */
export interface ToldEvent {
  readonly entry: EventEntry;
  /** After this nothing that was told comes again. The entry itself, but with an end in time. */
  readonly place: Place;
  /** What is older is not wanted, Unix nanoseconds. */
  readonly since: bigint;
}

/** The part of the event log that is needed here. */
export interface EventSource {
  /** In the pieces in which they come; of events that are not wanted only now and then how far that is. */
  entries(options: {
    start?: { time: Date } | { after: Place };
    subjects?: string;
    /** All are, when it is not given. */
    wants?: (event: EngineEvent) => boolean;
    /** One of them is in every event that is wanted. */
    texts?: readonly string[];
    follow: boolean;
    /** No more news after that; history is read to its end all the same. */
    ending: AbortSignal;
    signal: AbortSignal;
  }): AsyncIterable<readonly EventEntry[]>;
}

/** An event carries the time of its commit; the log takes it later, or, after the clock was set back, earlier. */
const clockTolerance = 5_000;

/** Events of the last moment before `until` are still on their way; milliseconds. */
const onTheWay = 100;

/**
 * Events from `since` up to `until`, the recorded ones first, then the news,
 * without gap or repeat, in the pieces in which they come; cuts of the history that was asked for; and now and
 * then how far it has come. Without `since` or a cursor it begins with the news;
 * but when `until` is past there will be none, and it is everything recorded until then.
 * UNAVAILABLE when the log is closed before its end, RESOURCE_EXHAUSTED when the reader is too slow.
 */
export async function* streamEvents(
  source: EventSource,
  query: EventQuery,
  signal: AbortSignal,
): AsyncGenerator<readonly ToldEvent[], void, undefined> {
  const { until, cursor, filter } = query;
  const since = cursor?.since ?? query.since;
  const end = until === 0n ? undefined : Number(until / 1_000_000n);
  const past = end !== undefined && end <= Date.now();
  const settled = end !== undefined && end + onTheWay <= Date.now();
  using ending = abortAt(end === undefined || settled ? undefined : end + onTheWay, signal);
  const start = cursor ? { after: cursor } : query.since > 0n || past ? { time: startTime(query.since) } : undefined;
  /** The last place before an event that is later than `until`: whoever goes on from here wants that one. */
  let before: Place | undefined;
  let held: Place | undefined;
  /** Of many events that are too late the first says that there are: it moves the cursor, the others do not. */
  const tell = (entry: EventEntry): ToldEvent | [] => {
    const isLate = until > 0n && entry.event !== undefined && entry.event.timeNano > until;
    if (isLate && held) return [];
    if (isLate) held = before ?? placeBefore(entry);
    before = entry;
    return { entry: isLate ? withoutEvent(entry) : entry, place: held ?? entry, since };
  };
  const wants = (event: EngineEvent): boolean => event.timeNano >= since && filter.matches(event);
  try {
    const isPlain = since === 0n && until === 0n;
    const isAll = since === 0n && filter.isAll;
    const { subjects, texts } = filter;
    const reading = { start, subjects, texts, wants: isAll ? undefined : wants, follow: !settled, ending: ending.signal, signal };
    for await (const entries of source.entries(reading)) yield isPlain ? alike(entries) : entries.flatMap(tell);
  } catch (error) {
    throw translate(error);
  }
  signal.throwIfAborted();
  // Whoever follows is to know that this is not the end.
  if (!settled && !ending.signal.aborted) throw unavailable('the event log is closed, the worker stops');
}

/** The same list for the same entries: all who follow everything from the beginning on share it. */
const alike = onceFor((entries: readonly EventEntry[]) => entries.map((entry): ToldEvent => ({ entry, place: entry, since: 0n })));

const startTime = (since: bigint): Date => new Date(Math.max(0, Number(since / 1_000_000n) - clockTolerance));

const placeBefore = ({ log, seq }: Place): Place => ({ log, seq: seq - 1 });

const withoutEvent = ({ log, seq, id }: Place): EventEntry => ({ log, seq, id });

function translate(error: unknown): unknown {
  if (error instanceof SlowReaderError) {
    return resourceExhausted('this client reads events too slowly; call again with the last cursor, or the time of the last event', error);
  }
  return error;
}
