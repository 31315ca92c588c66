import { setTimeout as sleep } from 'node:timers/promises';
import { isKind, unavailable } from '@arcbox/errors';
import { AckPolicy, type ConsumerConfig, type ConsumerMessages, DeliverPolicy, type JsMsg, nanos, ReplayPolicy } from 'nats';
import type { Bus } from './bus.ts';
import { type LogState, stateOf } from './log-state.ts';
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
}

/** Messages that are asked for ahead, of some hundred bytes each: with fewer, reading waits for the bus most of the time. */
const ahead = 4_000;

/** So often it is asked anew, with two signs of life from the server in between: whether it still knows us is seen by then; milliseconds. */
const renewed = 10_000;

/** A consumer that nobody asks for this long is removed by the server; milliseconds. */
const forgotten = 60_000;

/** Whoever waits this long for the end of a part sees whether there is still something to wait for, in milliseconds. */
const doubt = 1_000;

/** Before another try after a failure, in milliseconds. */
const pause = 200;

/**
 * The stream's messages from `start` on, in order and once each, however often
 * the bus goes away. With `last` it ends at that sequence or where the stream
 * ends, without it when `signal` aborts. UNAVAILABLE when the stream is no more
 * the one that was read before: its sequences have begun anew.
 */
export async function* tail(bus: Bus, part: Part & { signal: AbortSignal }): AsyncGenerator<JsMsg, void, undefined> {
  const { last = Number.POSITIVE_INFINITY, signal } = part;
  let { start } = part;
  while (!signal.aborted && !('seq' in start && start.seq > last)) {
    await using consumer = await openConsumer(bus, { ...part, start }, signal);
    if (!consumer) continue;
    if (last < Number.POSITIVE_INFINITY && consumer.pending === 0) return;
    for await (const message of consumer.messages) {
      if (message.seq > last) return;
      // A hole means that the server went on without us: from there again.
      if (message.info.deliverySequence !== ++consumer.delivered) break;
      yield message;
      start = { seq: message.seq + 1 };
      if (message.seq === last || (last < Number.POSITIVE_INFINITY && message.info.pending === 0)) return;
    }
  }
}

interface OpenConsumer extends AsyncDisposable {
  /** Ends when the bus goes away, when the consumer is lost, or when the reader is aborted. */
  readonly messages: AsyncIterable<JsMsg>;
  /** What the stream held for it when it was opened. */
  readonly pending: number;
  /** Messages taken so far. */
  delivered: number;
}

/** A consumer at `start`; undefined after a pause when that failed, and when `signal` has aborted. */
async function openConsumer(bus: Bus, part: Part, signal: AbortSignal): Promise<OpenConsumer | undefined> {
  try {
    const connection = await bus.whenConnected(signal);
    const manager = await ensureStream(connection);
    if (isReplaced(part, stateOf(await manager.streams.info(eventStream)))) throw unavailable('the event log was replaced, read it anew');
    const info = await manager.consumers.add(eventStream, configuration(part));
    const consumer = await connection.jetstream().consumers.get(eventStream, info.name);
    const messages = await consumer.consume({ max_messages: ahead, expires: renewed, abort_on_missing_resource: true });
    const isDry = async (): Promise<boolean> => (await consumer.info()).num_pending === 0;
    const over = new AbortController();
    const stop = (): void => messages.stop();
    const opened: OpenConsumer = {
      messages: untilLost(messages, part.last === undefined ? undefined : isDry),
      pending: info.num_pending,
      delivered: 0,
      async [Symbol.asyncDispose]() {
        over.abort();
        signal.removeEventListener('abort', stop);
        stop();
        if (bus.connected) void consumer.delete().catch(() => {});
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

/**
 * The messages; a consumer that is lost ends them, since whoever reads opens
 * another one. So does one that `isDry` while the reader waits: what it was to
 * bring has been dropped from the stream.
 */
async function* untilLost(messages: ConsumerMessages, isDry?: () => Promise<boolean>): AsyncGenerator<JsMsg, void, undefined> {
  let waiting = false;
  const check = async (): Promise<void> => {
    if (waiting && (await isDry?.().catch(() => false)) && waiting) messages.stop();
  };
  const watch = isDry && setInterval(() => void check(), doubt).unref();
  try {
    const iterator = messages[Symbol.asyncIterator]();
    for (;;) {
      waiting = true;
      const next = await iterator.next();
      waiting = false;
      if (next.done) return;
      yield next.value;
    }
  } catch {
    // No consumer, no stream, no answer: all mean the same here.
  } finally {
    clearInterval(watch);
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
