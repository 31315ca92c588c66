import { setTimeout as sleep } from 'node:timers/promises';
import { isKind, unavailable } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { RequestScope } from '@arcbox/request';
import { FanOut } from '@arcbox/stream';
import type { JsMsg } from 'nats';
import type { Bus } from './bus.ts';
import { ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';
import { type Start, tail } from './tail.ts';
import { unlessAborted } from './unless-aborted.ts';
import { causeOf } from './wire.ts';

export interface LoggedEvent {
  /** Place in the log: grows, never repeats. */
  readonly seq: number;
  readonly event: Event;
  /** The request that it comes from; absent when nobody asked for it. */
  readonly cause?: RequestScope;
}

/** A follower may be this many events behind before it is ended. */
const followerCapacity = 16_384;

/** A replay goes on from the log until it is this close to its end; the rest comes from the live feed. */
const closeEnough = 1_000;

/** Whoever asks for history waits this long for a log that cannot be reached, in milliseconds. */
const patience = 3_000;

/** Closing waits this long for the feed to end, in milliseconds. */
const farewell = 500;

/**
 * The durable event log. One live feed from the bus serves all followers of
 * this process; history is read from the stream by each reader at its pace.
 */
export class EventLog implements AsyncDisposable {
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #abort = new AbortController();
  readonly #following: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  /** Another one after the log was replaced: what was followed before has ended then. */
  #live = new FanOut<LoggedEvent>(followerCapacity);

  constructor(bus: Bus, log: Logger) {
    this.#bus = bus;
    this.#log = log;
    this.#ready.promise.catch(() => {});
    this.#following = this.#follow();
  }

  /**
   * Events from `start` (now, when not given) without gap or repeat; with
   * `follow` false it ends at what was there when it was called, and it ends
   * when `signal` aborts. A follower that falls too far behind is ended with a
   * SlowReaderError. UNAVAILABLE when the log cannot be reached at the
   * beginning, or was replaced by another one since.
   */
  async *read(options: {
    start?: Start;
    follow: boolean;
    signal: AbortSignal;
  }): AsyncGenerator<LoggedEvent, void, undefined> {
    const { follow, signal } = options;
    let start = options.start;
    if (signal.aborted || (!start && !follow)) return;
    while (start) {
      const last = await this.#lastSequence(signal);
      if (last === undefined) return;
      if ('seq' in start && follow && last - start.seq < closeEnough) break;
      yield* this.#history(start, last, signal);
      if (!follow || signal.aborted) return;
      start = { seq: last + 1 };
    }
    yield* this.#followFrom(start, signal);
  }

  async *#followFrom(start: { seq: number } | undefined, signal: AbortSignal): AsyncGenerator<LoggedEvent, void, undefined> {
    const feed = this.#live;
    // Subscribed before the last look at the log, so that nothing falls between.
    using live = feed.subscribe();
    const leave = (): void => live[Symbol.dispose]();
    signal.addEventListener('abort', leave, { once: true });
    try {
      let position = 0;
      if (start) {
        position = Math.max((await this.#lastSequence(signal)) ?? 0, start.seq - 1);
        yield* this.#history(start, position, signal);
      }
      for await (const item of live) if (item.seq > position) yield item;
    } finally {
      signal.removeEventListener('abort', leave);
    }
    if (feed !== this.#live) throw unavailable('the event log was replaced, read it anew');
  }

  async *#history(start: Start, last: number, signal: AbortSignal): AsyncGenerator<LoggedEvent, void, undefined> {
    for await (const message of tail(this.#bus, { start, last, signal })) yield decode(message);
  }

  /** Where the log ends now; undefined when `signal` aborts. */
  async #lastSequence(signal: AbortSignal): Promise<number | undefined> {
    const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    try {
      await unlessAborted(this.#ready.promise, hurry);
      const connection = await this.#bus.whenConnected(hurry);
      const manager = await connection.jetstreamManager({ checkAPI: false });
      return (await unlessAborted(manager.streams.info(eventStream), hurry)).state.last_seq;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw unavailable('the event log cannot be reached', error);
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    let start: { seq: number } | undefined;
    while (!signal.aborted) {
      try {
        start ??= { seq: (await this.#end(signal)) + 1 };
        this.#ready.resolve();
        for await (const message of tail(this.#bus, { start, signal })) {
          start = { seq: message.seq + 1 };
          this.#live.publish(decode(message));
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ error }, 'following the event log failed; trying again');
        if (isKind(error, 'unavailable')) {
          this.#beginAnew();
          start = { seq: 1 };
        }
        await sleep(200, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #end(signal: AbortSignal): Promise<number> {
    const manager = await ensureStream(await this.#bus.whenConnected(signal));
    return (await manager.streams.info(eventStream)).state.last_seq;
  }

  /** Places of the old log mean nothing in the new one: whoever follows has to ask again. */
  #beginAnew(): void {
    const old = this.#live;
    this.#live = new FanOut<LoggedEvent>(followerCapacity);
    old.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#ready.reject(unavailable('the event log is closed'));
    this.#live.end();
    await Promise.race([this.#following, sleep(farewell, undefined, { ref: false })]);
  }
}

function decode(message: JsMsg): LoggedEvent {
  return { seq: message.seq, event: Event.decode(message.data), cause: causeOf(message.headers) };
}
