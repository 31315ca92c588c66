import { setTimeout as sleep } from 'node:timers/promises';
import { createInbox, type Msg, type MsgHdrs, nanos, type NatsConnection, type NatsError, type Subscription } from 'nats';
import { eventStream } from './subjects.ts';

/** A message of the stream. */
export interface StreamMessage {
  /** Its place in the stream. */
  readonly seq: number;
  /** 1 for the first that the consumer brings, 2 for the second …: a hole means that one was lost on the way. */
  readonly delivery: number;
  /** How many more the stream holds for the consumer. */
  readonly pending: number;
  readonly data: Uint8Array;
  /** Undefined when it has none. They are parsed here and now. */
  readonly headers: MsgHdrs | undefined;
}

/** Messages that are asked for ahead, of some hundred bytes each: with fewer, reading waits for the bus most of the time. */
const ahead = 4_000;
const half = ahead / 2;

/** And bytes of those that are asked for at once; two of the largest that there can be, if that is more. */
const aheadBytes = 4 * 1024 * 1024;

/** So often the server gives a sign of life while it has nothing to bring, in milliseconds. */
const usualHeartbeat = 5_000;

/**
 * After so many of those times we count on a request no more, and after so many the server forgets it, which is later
 * however late we look: there is always one that is good. Where an event comes in the moment in which a request
 * ends, a server (2.9 of Debian 12) does not say that it has ended, and who waits for that word waits for ever.
 */
const lifetime = { here: 2, there: 4 } as const;

/** Without a sign of life for so many of those times, it has forgotten us. */
const silences = 3;

/** Whoever is waited for gets so long, in milliseconds. */
const doubt = 1_000;

/** What the bus says when a request has ended: how many messages it was still to bring. */
const leftHeader = 'Nats-Pending-Messages';

/** JetStream says it with codes of HTTP; `refused` also where a message has more bytes than were asked for. */
const [alive, late, refused] = [100, 408, 409];

/**
 * What a consumer brings, in the pieces in which it comes. More is asked for
 * only as fast as it is read: no more than some thousand messages, or some
 * megabytes, are held.
 */
export class Pull implements Disposable {
  readonly #connection: NatsConnection;
  readonly #consumer: string;
  readonly #heartbeat: number;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #watch: NodeJS.Timeout;
  #arrived: StreamMessage[] = [];
  /** What was asked for and is not here yet, the oldest first. */
  #requests: Request[] = [];
  #silent = 0;
  /** The next one has more bytes than we ask for at once. */
  #isLarge = false;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(connection: NatsConnection, consumer: string, heartbeat = usualHeartbeat) {
    this.#connection = connection;
    this.#consumer = consumer;
    this.#heartbeat = heartbeat;
    this.#subscription = connection.subscribe(this.#inbox, { callback: (error, message) => this.#take(error, message) });
    this.#watch = setInterval(() => this.#listen(), heartbeat).unref();
  }

  /**
   * What has come since, one message at least; undefined when it was disposed or the consumer is lost. With `isDry` it
   * is also over when nothing comes for a while and that says that nothing will.
   */
  async next(isDry?: () => Promise<boolean>): Promise<readonly StreamMessage[] | undefined> {
    while (!this.#over && this.#arrived.length === 0) {
      this.#ask();
      await this.#wait(isDry && doubt);
      if (isDry && !this.#over && this.#arrived.length === 0 && (await isDry()) && this.#arrived.length === 0) return undefined;
    }
    if (this.#over) return undefined;
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#ask();
    return arrived;
  }

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#watch);
    this.#subscription.unsubscribe();
    this.#wake?.();
  }

  /** Half of what may be on its way at a time, so that the next half comes while this one is read; a large one alone. */
  #ask(): void {
    if (this.#due() > half || this.#connection.isClosed()) return;
    const bytes = Math.max(aheadBytes, 2 * (this.#connection.info?.max_payload ?? 0));
    const wanted = this.#isLarge ? { batch: 1 } : { batch: half, max_bytes: bytes };
    const request = { ...wanted, expires: nanos(lifetime.there * this.#heartbeat), idle_heartbeat: nanos(this.#heartbeat) };
    this.#requests.push({ left: request.batch, until: performance.now() + lifetime.here * this.#heartbeat });
    this.#connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${eventStream}.${this.#consumer}`, JSON.stringify(request), { reply: this.#inbox });
  }

  async #wait(milliseconds?: number): Promise<void> {
    const woken = new Promise<void>((resolve) => (this.#wake = resolve));
    if (milliseconds === undefined) return woken;
    const over = new AbortController();
    await Promise.race([woken, sleep(milliseconds, undefined, { signal: over.signal, ref: false }).catch(() => {})]);
    over.abort();
  }

  #take(error: NatsError | null, message: Msg): void {
    if (error) return this[Symbol.dispose]();
    this.#silent = 0;
    if (message.subject === this.#inbox) return this.#hear(message.headers);
    this.#isLarge = false;
    this.#count();
    this.#arrived.push(new PulledMessage(message));
    this.#wake?.();
  }

  #due(): number {
    return this.#requests.reduce((sum, { left }) => sum + left, 0);
  }

  /** One has come of what was asked for. */
  #count(): void {
    const [oldest] = this.#requests;
    if (oldest && --oldest.left === 0) this.#requests.shift();
  }

  /** A word of the server about a request. */
  #hear(headers: MsgHdrs | undefined): void {
    if (headers?.code === alive || headers?.code === late) return;
    const left = headers?.get(leftHeader);
    // The consumer has gone, or the stream, or JetStream.
    if (!left) return this[Symbol.dispose]();
    // It has brought nothing of what was asked for.
    this.#isLarge ||= headers?.code === refused && Number(left) === half;
    this.#requests.shift();
    this.#wake?.();
  }

  #listen(): void {
    if (this.#requests.length === 0) this.#silent = 0;
    else if (++this.#silent >= silences) return this[Symbol.dispose]();
    const now = performance.now();
    this.#requests = this.#requests.filter(({ until }) => now < until);
    this.#wake?.();
  }
}

/** How much of it is still to come, and until when we count on that, in milliseconds. */
interface Request {
  left: number;
  readonly until: number;
}

/** The place is in the subject for the acknowledgment: `$JS.ACK.[domain.account.]stream.consumer.times.seq.delivery.time.pending`. */
class PulledMessage implements StreamMessage {
  readonly seq: number;
  readonly delivery: number;
  readonly pending: number;
  readonly #message: Msg;

  constructor(message: Msg) {
    this.#message = message;
    const tokens = (message.reply ?? '').split('.');
    const from = tokens.length > shortAck ? 2 : 0;
    this.seq = Number(tokens[5 + from]);
    this.delivery = Number(tokens[6 + from]);
    this.pending = Number(tokens[8 + from]);
  }

  get data(): Uint8Array {
    return this.#message.data;
  }

  get headers(): MsgHdrs | undefined {
    return this.#message.headers;
  }
}

/** Tokens without domain and account. */
const shortAck = 9;
