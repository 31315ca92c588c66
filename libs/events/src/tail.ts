import { setTimeout as sleep } from 'node:timers/promises';
import { isKind, unavailable } from '@arcbox/errors';
import { AckPolicy, type ConsumerConfig, DeliverPolicy, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.ts';
import { type LogState, stateOf } from './log-state.ts';
import { Pull, type StreamMessage } from './pull.ts';
import { ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';

/** Where reading begins: a place in the stream, or a time. */
export type Start = { readonly seq: number } | { readonly time: Date };

/** What is read of the stream. */
export interface Part {
  readonly start: Start;
  /** Ends there, or where the stream ends; absent: goes on until it is aborted. */
  readonly last?: number;
  /** A pattern of subjects; absent for all. */
  readonly subjects?: string;
  /** The log that this is about; absent for whichever there is. */
  readonly log?: string;
  /** So often the bus gives a sign of life, in milliseconds; absent for the usual. */
  readonly heartbeat?: number;
}

/** A consumer that nobody asks for this long is removed by the server; milliseconds. */
const forgotten = 60_000;

/** Before another try after a failure, in milliseconds. */
const pause = 200;

/**
 * The stream's messages from `start` on, in order and once each, however often
 * the bus goes away, in the pieces in which they come. With `last` it ends at
 * that sequence or where the stream ends, without it when `signal` aborts.
 * UNAVAILABLE when the stream is no more the one that was read before: its
 * sequences have begun anew.
 */
export async function* tail(bus: Bus, part: Part & { signal: AbortSignal }): AsyncGenerator<readonly StreamMessage[], void, undefined> {
  const { last = Number.POSITIVE_INFINITY, signal } = part;
  let { start } = part;
  while (!signal.aborted && !('seq' in start && start.seq > last)) {
    await using consumer = await openConsumer(bus, { ...part, start }, signal);
    if (!consumer) continue;
    if (last < Number.POSITIVE_INFINITY && consumer.pending === 0) return;
    for (let delivered = 0, piece = await consumer.next(); piece; piece = await consumer.next()) {
      const { messages, isLast } = inOrder(piece, delivered, last);
      const end = messages.at(-1);
      if (end) {
        yield messages;
        start = { seq: end.seq + 1 };
      }
      if (isLast) return;
      // A hole means that the server went on without us: from there again.
      if (messages.length < piece.length) break;
      delivered += messages.length;
    }
  }
}

/** The messages of a piece up to a hole and up to `last`; `isLast` when no more of those are to come. */
function inOrder(piece: readonly StreamMessage[], delivered: number, last: number): { messages: readonly StreamMessage[]; isLast: boolean } {
  const strange = piece.findIndex(({ seq, delivery }, index) => seq > last || delivery !== delivered + index + 1);
  const messages = strange < 0 ? piece : piece.slice(0, strange);
  const end = messages.at(-1);
  const isEnd = end !== undefined && last < Number.POSITIVE_INFINITY && (end.seq === last || end.pending === 0);
  return { messages, isLast: isEnd || (piece[strange]?.seq ?? 0) > last };
}

interface OpenConsumer extends AsyncDisposable {
  /** What has come since; undefined when the bus goes away, when the consumer is lost, or when the reader is aborted. */
  next(): Promise<readonly StreamMessage[] | undefined>;
  /** What the stream held for it when it was opened. */
  readonly pending: number;
}

/** A consumer at `start`; undefined after a pause when that failed, and when `signal` has aborted. */
async function openConsumer(bus: Bus, part: Part, signal: AbortSignal): Promise<OpenConsumer | undefined> {
  try {
    const connection = await bus.whenConnected(signal);
    const manager = await ensureStream(connection);
    if (isReplaced(part, stateOf(await manager.streams.info(eventStream)))) throw unavailable('the event log was replaced, read it anew');
    const { name, num_pending: pending } = await manager.consumers.add(eventStream, configuration(part));
    const pull = new Pull(connection, name, part.heartbeat);
    /** What it was to bring has been dropped from the stream. */
    const isDry = async (): Promise<boolean> => {
      const info = await manager.consumers.info(eventStream, name).catch(() => undefined);
      return info?.num_pending === 0;
    };
    const over = new AbortController();
    const stop = (): void => pull[Symbol.dispose]();
    const opened: OpenConsumer = {
      pending,
      next: () => pull.next(part.last === undefined ? undefined : isDry),
      async [Symbol.asyncDispose]() {
        over.abort();
        signal.removeEventListener('abort', stop);
        stop();
        if (bus.connected) void manager.consumers.delete(eventStream, name).catch(() => {});
      },
    };
    signal.addEventListener('abort', stop);
    bus.onDisconnect(stop, over.signal);
    if (signal.aborted || !bus.connected) stop();
    return opened;
  } catch (error) {
    if (signal.aborted) return undefined;
    if (isKind(error, 'unavailable')) throw error;
    await sleep(pause, undefined, { signal }).catch(() => {});
    return undefined;
  }
}

const isReplaced = ({ start, log = '' }: Part, now: LogState): boolean =>
  (log !== '' && log !== now.log) || ('seq' in start && start.seq > now.last + 1);

function configuration({ start, subjects }: Part): Partial<ConsumerConfig> {
  const from =
    'seq' in start
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(start.seq, 1) }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
  return {
    ...from,
    ...(subjects === undefined ? {} : { filter_subject: subjects }),
    ack_policy: AckPolicy.None,
    replay_policy: ReplayPolicy.Instant,
    mem_storage: true,
    inactive_threshold: nanos(forgotten),
  };
}
