import type { Logger } from '@arcbox/log';
import { Event } from '@arcbox/proto/arcbox/v1/api';
import { FanOut } from '@arcbox/stream';
import { DeliverPolicy, type JsMsg, type NatsConnection } from 'nats';
import type { Bus } from './bus.ts';
import { replay, type Start } from './replay.ts';
import { ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';

export interface LoggedEvent {
  /** Place in the log: grows, never repeats. */
  readonly seq: number;
  readonly event: Event;
}

/** A follower may be this many events behind before it is ended. */
const followerCapacity = 16_384;

/** A replay goes on from the log until it is this close to its end; the rest comes from the live feed. */
const closeEnough = 1_000;

/**
 * The durable event log. One live feed from the bus serves all followers of
 * this process; history is read from the stream by each reader at its pace.
 */
export class EventLog implements AsyncDisposable {
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #live = new FanOut<LoggedEvent>(followerCapacity);
  readonly #abort = new AbortController();
  readonly #following: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();

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
   * SlowReaderError.
   */
  async *read(options: {
    start?: Start;
    follow: boolean;
    signal: AbortSignal;
  }): AsyncGenerator<LoggedEvent, void, undefined> {
    const connection = await this.#connection();
    let start = options.start;
    while (start) {
      const last = await this.#lastSequence(connection);
      if ('seq' in start && options.follow && last - start.seq < closeEnough) break;
      for await (const message of replay(connection, start, last, options.signal)) yield decode(message);
      if (!options.follow || options.signal.aborted) return;
      start = { seq: last + 1 };
    }
    if (!options.follow) return;
    // Subscribed before the last look at the log, so that nothing falls between.
    using live = this.#live.subscribe();
    const leave = (): void => live[Symbol.dispose]();
    options.signal.addEventListener('abort', leave, { once: true });
    try {
      let position = 0;
      if (start) {
        position = Math.max(await this.#lastSequence(connection), start.seq - 1);
        for await (const message of replay(connection, start, position, options.signal)) yield decode(message);
      }
      for await (const item of live) if (item.seq > position) yield item;
    } finally {
      options.signal.removeEventListener('abort', leave);
    }
  }

  /** The connection, once the live feed runs. */
  async #connection(): Promise<NatsConnection> {
    await this.#ready.promise;
    return this.#bus.connection;
  }

  async #lastSequence(connection: NatsConnection): Promise<number> {
    const manager = await connection.jetstreamManager({ checkAPI: false });
    return (await manager.streams.info(eventStream)).state.last_seq;
  }

  async #follow(): Promise<void> {
    let position: number | undefined;
    while (!this.#abort.signal.aborted) {
      try {
        const connection = await this.#bus.connection;
        const manager = await ensureStream(connection);
        position ??= (await manager.streams.info(eventStream)).state.last_seq;
        const consumer = await connection.jetstream().consumers.get(eventStream, {
          deliver_policy: DeliverPolicy.StartSequence,
          opt_start_seq: position + 1,
        });
        const messages = await consumer.consume({ max_messages: 500 });
        const stop = (): void => void messages.close();
        this.#abort.signal.addEventListener('abort', stop, { once: true });
        this.#ready.resolve();
        for await (const message of messages) {
          if (message.seq <= position) continue;
          position = message.seq;
          this.#live.publish(decode(message));
        }
        this.#abort.signal.removeEventListener('abort', stop);
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#log.warn({ error }, 'following the event log failed; trying again');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#ready.reject(new Error('the event log is closed'));
    this.#live.end();
    if (this.#bus.connected) await this.#following;
  }
}

function decode(message: JsMsg): LoggedEvent {
  return { seq: message.seq, event: Event.decode(message.data) };
}
