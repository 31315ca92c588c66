import type { EventRetention } from '@arcbox/config';
import { unavailable } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import type { Bus } from './bus.ts';
import type { Place } from './cursor.ts';
import { checkPlace, cutBefore, firstTime, history, lookAgain, type Look } from './history.ts';
import { type Following, LiveFeed } from './live-feed.ts';
import type { LogEntry, LoggedEvent } from './log-entry.ts';
import { type LogState, stateOf } from './log-state.ts';
import { eventStream } from './subjects.ts';
import type { Start } from './tail.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What somebody reads of the log. */
export interface Reading {
  /** Where it begins, or after which place; now, when not given. */
  readonly start?: Start | { readonly after: Place };
  /** A pattern of subjects that history is limited to, of `subjectsOf`; news come all. */
  readonly subjects?: string;
  /** Goes on with the news after the history. */
  readonly follow: boolean;
  /** Aborts when there are no more news to come; history up to then is read to its end all the same. */
  readonly ending?: AbortSignal;
  readonly signal: AbortSignal;
}

/** A replay goes on from the log until it is this close to its end; the rest comes from the live feed. */
const closeEnough = 1_000;

/** Whoever asks for history waits this long for a log that cannot be reached, in milliseconds. */
const patience = 3_000;

/**
 * The durable event log. One live feed from the bus serves all followers of
 * this process; history is read from the stream by each reader at its pace.
 */
export class EventLog implements AsyncDisposable {
  readonly #bus: Bus;
  readonly #feed: LiveFeed;

  /** With `retention` the log gets these limits; without, it keeps those that it has. */
  constructor(bus: Bus, log: Logger, retention?: EventRetention) {
    this.#bus = bus;
    this.#feed = new LiveFeed(bus, log, retention);
  }

  /** The events of `entries`. */
  async *read(reading: Reading): AsyncGenerator<LoggedEvent, void, undefined> {
    for await (const entry of this.entries(reading)) if (isEvent(entry)) yield entry;
  }

  /**
   * Events without gap or repeat; a cut where events that were asked for have
   * been dropped; and how far it has come, before the news and now and then. With
   * `follow` false it ends at what was there when it was called, with `ending` at
   * what was there when that aborted, and at once when `signal` aborts. A
   * follower that falls too far behind is ended with a SlowReaderError. UNAVAILABLE when the log cannot be reached at the
   * beginning, or was replaced by another one since; FAILED_PRECONDITION when
   * it is not the one of the place to begin after.
   */
  async *entries(reading: Reading): AsyncGenerator<LogEntry, void, undefined> {
    const { start, follow, ending, signal } = reading;
    if (signal.aborted || (!start && !follow)) return;
    if (!start) return yield* this.#news(reading);
    let isLast = !follow || ending?.aborted === true;
    let look = await this.#look(signal);
    if (!look) return;
    if ('after' in start) await checkPlace(start.after, look);
    let from: Start = 'after' in start ? { seq: start.after.seq + 1 } : start;
    const cut = await cutBefore(from, look);
    if (cut) {
      from = { seq: look.state.first };
      yield { log: look.state.log, seq: from.seq - 1, cut };
    }
    while (isLast || !('seq' in from) || look.state.last - from.seq >= closeEnough) {
      yield* history(this.#bus, look, { ...reading, start: from });
      if (isLast || signal.aborted) return;
      from = { seq: look.state.last + 1 };
      isLast = ending?.aborted === true;
      look = await this.#lookAgain(look.state.log, signal);
      if (!look) return;
    }
    yield* this.#followFrom({ log: look.state.log, seq: from.seq - 1 }, reading);
  }

  /** What the log holds now; UNAVAILABLE when it cannot be reached. */
  async state(signal: AbortSignal): Promise<LogState & { readonly firstTime: bigint }> {
    const look = await this.#look(signal);
    if (!look) throw signal.reason;
    return { ...look.state, firstTime: await firstTime(look) };
  }

  async *#followFrom({ log, seq }: Place, reading: Reading): AsyncGenerator<LogEntry, void, undefined> {
    // Followed before the last look at the log, so that nothing falls between.
    using following = this.#follow(reading);
    const look = await this.#lookAgain(log, reading.signal);
    if (!look) return;
    yield* history(this.#bus, look, { ...reading, start: { seq: seq + 1 } });
    yield* following.after({ log, seq: Math.max(look.state.last, seq) });
  }

  async *#news(reading: Reading): AsyncGenerator<LogEntry, void, undefined> {
    const isThere = await unlessAborted(this.#feed.ready, endOf(reading)).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    using following = this.#follow(reading);
    yield following.place;
    yield* following.after(following.place);
  }

  /** The live feed until there are no more news to come. */
  #follow(reading: Reading): Following {
    const signal = endOf(reading);
    const following = this.#feed.follow();
    const leave = (): void => following[Symbol.dispose]();
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return {
      ...following,
      [Symbol.dispose]() {
        signal.removeEventListener('abort', leave);
        leave();
      },
    };
  }

  /** The log later, however long it is away; UNAVAILABLE when it is not `log` any more. */
  async #lookAgain(log: string, signal: AbortSignal): Promise<Look | undefined> {
    const look = await lookAgain(this.#bus, signal);
    if (look && look.state.log !== log) throw unavailable('the event log was replaced, read it anew');
    return look;
  }

  /** The log at the beginning; undefined when `signal` aborts. */
  async #look(signal: AbortSignal): Promise<Look | undefined> {
    const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    try {
      await unlessAborted(this.#feed.ready, hurry);
      const connection = await this.#bus.whenConnected(hurry);
      const manager = await connection.jetstreamManager({ checkAPI: false });
      return { manager, state: stateOf(await unlessAborted(manager.streams.info(eventStream), hurry)) };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw unavailable('the event log cannot be reached', error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#feed[Symbol.asyncDispose]();
  }
}

const endOf = ({ signal, ending }: Reading): AbortSignal => (ending ? AbortSignal.any([signal, ending]) : signal);

const isEvent = (entry: LogEntry): entry is LoggedEvent => entry.event !== undefined;
