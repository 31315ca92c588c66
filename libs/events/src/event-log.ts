import type { EventRetention } from '@arcbox/config';
import { unavailable } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { type NatsConnection, NatsError } from 'nats';
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
  /** A pattern of subjects that history is limited to, of `subjectsOf`. */
  readonly subjects?: string;
  /** Whether an event is wanted; all are, when not given. Of what lies between, the reader hears now and then how far that is. */
  readonly wants?: (event: Event) => boolean;
  /** Texts of which every event that is wanted has one in it, in an id, a name or another attribute: history is read the faster for it. */
  readonly texts?: readonly string[];
  /** Goes on with the news after the history. */
  readonly follow: boolean;
  /** Aborts when there are no more news to come; history up to then is read to its end all the same. */
  readonly ending?: AbortSignal;
  readonly signal: AbortSignal;
}

/** A replay goes on from the log until it is this close to its end; the rest comes from the live feed. */
const closeEnough = 1_000;

const unreachable = 'the event log cannot be reached';

/** Whoever begins to read waits this long for a log that cannot be reached, in milliseconds. */
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

  /**
   * Events without gap or repeat, in the pieces in which they come; a cut where
   * events that were asked for have been dropped; and how far it has come, before
   * the news and now and then. With
   * `follow` false it ends at what was there when it was called, with `ending` at
   * what was there when that aborted, and at once when `signal` aborts. A
   * follower that falls too far behind is ended with a SlowReaderError. UNAVAILABLE when the log cannot be reached at the
   * beginning, or was replaced by another one since; FAILED_PRECONDITION when
   * it is not the one of the place to begin after.
   */
  async *entries(reading: Reading): AsyncGenerator<readonly LogEntry[], void, undefined> {
    if (reading.signal.aborted || (!reading.start && !reading.follow)) return;
    try {
      yield* reading.start ? this.#replay(reading, reading.start) : this.#news(reading);
    } catch (error) {
      throw ofTheBus(error);
    }
  }

  /** What the log holds now; UNAVAILABLE when it cannot be reached. */
  async state(signal: AbortSignal): Promise<LogState & { readonly firstTime: bigint }> {
    const state = await this.#inTime(signal, async (hurry) => {
      const look = await this.#look(hurry);
      return { ...look.state, firstTime: await firstTime(look) };
    });
    if (!state) throw signal.reason;
    return state;
  }

  /** The events of `entries`, one by one. */
  async *read(reading: Reading): AsyncGenerator<LoggedEvent, void, undefined> {
    for await (const entries of this.entries(reading)) yield* entries.filter(isEvent);
  }

  async *#replay(reading: Reading, start: NonNullable<Reading['start']>): AsyncGenerator<readonly LogEntry[], void, undefined> {
    const { follow, ending, signal } = reading;
    let isLast = !follow || ending?.aborted === true;
    let from: Start = 'after' in start ? { seq: start.after.seq + 1 } : start;
    const begun = await this.#inTime(signal, async (hurry) => {
      const now = await this.#look(hurry);
      if ('after' in start) await checkPlace(start.after, now);
      return { now, cut: await cutBefore(from, now) };
    });
    if (!begun) return;
    let look: Look | undefined = begun.now;
    if (begun.cut) {
      from = { seq: look.state.first };
      yield [{ log: look.state.log, seq: from.seq - 1, cut: begun.cut }];
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

  async *#followFrom({ log, seq }: Place, reading: Reading): AsyncGenerator<readonly LogEntry[], void, undefined> {
    // Followed before the last look at the log, so that nothing falls between.
    using following = this.#follow(reading);
    const look = await this.#lookAgain(log, reading.signal);
    if (!look) return;
    yield* history(this.#bus, look, { ...reading, start: { seq: seq + 1 } });
    yield* following.after({ log, seq: Math.max(look.state.last, seq) });
  }

  async *#news(reading: Reading): AsyncGenerator<readonly LogEntry[], void, undefined> {
    const connection = await this.#inTime(endOf(reading), (hurry) => this.#reach(hurry));
    if (!connection) return;
    using following = this.#follow(reading);
    yield [following.place];
    yield* following.after(following.place);
  }

  /** The live feed until there are no more news to come. */
  #follow(reading: Reading): Following {
    const signal = endOf(reading);
    const following = this.#feed.follow(reading.wants);
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

  /** The connection, once there is a log; rejects when `signal` aborts. */
  async #reach(signal: AbortSignal): Promise<NatsConnection> {
    await unlessAborted(this.#feed.ready, signal);
    return this.#bus.whenConnected(signal);
  }

  /** The log at the beginning. */
  async #look(signal: AbortSignal): Promise<Look> {
    const manager = await (await this.#reach(signal)).jetstreamManager({ checkAPI: false });
    return { manager, state: stateOf(await manager.streams.info(eventStream)) };
  }

  /** What `ask` gives; undefined when `signal` aborts, UNAVAILABLE when that takes too long or the bus fails. */
  async #inTime<T>(signal: AbortSignal, ask: (hurry: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    try {
      return await unlessAborted(ask(hurry), hurry);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw hurry.aborted ? unavailable(unreachable, error) : ofTheBus(error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#feed[Symbol.asyncDispose]();
  }
}

const endOf = ({ signal, ending }: Reading): AbortSignal => (ending ? AbortSignal.any([signal, ending]) : signal);

const isEvent = (entry: LogEntry): entry is LoggedEvent => entry.event !== undefined;

/** What the client of the bus throws when its server has gone, or does not answer, as UNAVAILABLE. */
const ofTheBus = (error: unknown): unknown => (error instanceof NatsError ? unavailable(unreachable, error) : error);
