import { setTimeout as sleep } from 'node:timers/promises';
import type { EventRetention } from '@arcbox/config';
import { unavailable } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { FanOut } from '@arcbox/stream';
import type { JetStreamManager } from 'nats';
import type { Bus } from './bus.ts';
import type { Place } from './cursor.ts';
import { type LogEntry, LoggedMessage } from './log-entry.ts';
import { stateOf } from './log-state.ts';
import { pauseAfter } from './pause-after.ts';
import { applyRetention } from './retention.ts';
import { Sieve } from './sieve.ts';
import { ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';
import { tail } from './tail.ts';

/** A follower may be this many events behind before it is ended. */
const followerCapacity = 16_384;

/** Closing waits this long for the feed to end, in milliseconds. */
const farewell = 500;

/** What one follower gets; disposing it ends the reading. */
export interface Following extends Disposable {
  /** How far the feed had come when it began. */
  readonly place: Place;
  /**
   * Every event after `place` that is wanted, and the gaps between them: the feed
   * has all there are, what is not in it was dropped before it came that far.
   * UNAVAILABLE when another log has taken the place of this one.
   */
  after(place: Place): AsyncGenerator<readonly LogEntry[], void, undefined>;
}

/** The news of the log, read once for all followers of this process. */
export class LiveFeed implements AsyncDisposable {
  readonly #bus: Bus;
  readonly #log: Logger;
  readonly #retention: EventRetention | undefined;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  /** Another one after the log was replaced: what was followed before has ended then. */
  #followers = new FanOut<LogEntry>(followerCapacity);
  /** How far it has come. */
  #place: Place = { log: '', seq: 0 };
  /** When it did; asking the clock for each event and follower would cost more than all the rest. */
  #now = performance.now();

  /** With `retention` the log gets these limits; without, it keeps those that it has. */
  constructor(bus: Bus, log: Logger, retention?: EventRetention) {
    this.#bus = bus;
    this.#log = log;
    this.#retention = retention;
    this.#ready.promise.catch(() => {});
    this.#running = this.#run();
  }

  /** Resolves when the log is there for the first time; rejects when this is closed before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** What a follower does not want costs it no turn: it is passed over before its queue. */
  follow(wants?: (event: Event) => boolean): Following {
    const feed = this.#followers;
    const sieve = new Sieve(wants);
    const queue = feed.subscribe([], wants && ((entry) => sieve.pass(entry, this.#now)));
    const isReplaced = (): boolean => feed !== this.#followers;
    const { log, seq: last, id } = this.#place;
    return {
      // Not the event there, which is no news.
      place: { log, seq: last, ...(id === undefined ? {} : { id }) },
      async *after({ seq }) {
        let isPast = false;
        for await (const entries of queue.batches()) {
          const news: readonly LogEntry[] = isPast ? entries : newsIn(entries, seq);
          isPast = news.length > 0;
          if (isPast) yield news;
        }
        if (isReplaced()) throw unavailable('the event log was replaced, read it anew');
      },
      [Symbol.dispose]: () => queue[Symbol.dispose](),
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#open(signal);
        const { log, seq } = this.#place;
        for await (const messages of tail(this.#bus, { start: { seq: seq + 1 }, log, signal })) {
          this.#now = performance.now();
          const entries = messages.flatMap((message) => this.#entriesOf(new LoggedMessage(message, log)));
          const pause = pauseAfter(this.#followers.publishAll(entries));
          if (pause > 0) await sleep(pause, undefined, { signal });
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ error }, 'following the event log failed; trying again');
        await sleep(200, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** The feed has come to this entry: itself, after the gap before it. */
  #entriesOf(entry: LoggedMessage): LogEntry | readonly LogEntry[] {
    const { log, seq } = entry;
    const dropped = seq - this.#place.seq - 1;
    this.#place = entry;
    return dropped > 0 ? [{ log, seq: seq - 1, cut: { first: entry.event?.timeNano ?? 0n, dropped } }, entry] : entry;
  }

  /** Makes the log ready, and finds out where the feed begins or goes on. */
  async #open(signal: AbortSignal): Promise<void> {
    const manager = await ensureStream(await this.#bus.whenConnected(signal));
    if (this.#retention) await this.#limit(manager, this.#retention);
    const { log, last } = stateOf(await manager.streams.info(eventStream));
    if (this.#place.log === '') this.#place = { log, seq: last };
    else if (this.#place.log !== log) this.#beginAnew({ log, seq: 0 });
    else if (this.#place.seq > last) this.#beginAnew({ log, seq: last });
    this.#ready.resolve();
  }

  /** A log with other limits than were asked for is better than none. */
  async #limit(manager: JetStreamManager, retention: EventRetention): Promise<void> {
    try {
      await applyRetention(manager, retention);
    } catch (error) {
      this.#log.error({ error, ...retention }, 'the event log keeps its limits: the bus refuses the ones that are configured');
    }
  }

  /** Places of the old log mean nothing in the new one: whoever follows has to ask again. */
  #beginAnew(place: Place): void {
    const old = this.#followers;
    this.#followers = new FanOut<LogEntry>(followerCapacity);
    this.#place = place;
    old.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#ready.reject(unavailable('the event log is closed'));
    this.#followers.end();
    await Promise.race([this.#running, sleep(farewell, undefined, { ref: false })]);
  }
}

/** What of a list is new to somebody who has read up to `position`; where all of it is, the list itself, as others have it. */
function newsIn(entries: readonly LogEntry[], position: number): readonly LogEntry[] {
  const [first] = entries;
  return first && newsOf(first, position) === first ? entries : entries.flatMap((entry) => newsOf(entry, position) ?? []);
}

/** What of an entry is new to somebody who has read up to `position`. */
function newsOf(entry: LogEntry, position: number): LogEntry | undefined {
  const { log, seq, cut } = entry;
  if (seq <= position) return undefined;
  return cut && cut.dropped > seq - position ? { log, seq, cut: { ...cut, dropped: seq - position } } : entry;
}
