import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Bus } from '@arcbox/events';
import type { Logger } from '@arcbox/log';
import { createInbox, type Msg, type NatsConnection, type Subscription } from 'nats';
import { changesSubject, fromMetadata, type Registration, toRegistration } from './announce.ts';

/** How often everybody is asked to answer, in milliseconds, or up to a quarter later; changes are told at once besides. */
const roundPeriod = 2_000;

/** All directories hear the answers of a round, whoever has asked: each asking for itself would wake everybody as often as there are workers. */
const answersSubject = 'arcbox.discovery.v1.answers';
const question = '$SRV.INFO';

/**
 * A replica that stays silent for this many rounds is forgotten. A round without any answer is none: the bus hangs.
 * Neither are questions that come in a row, as busy directories ask them when all of them are late.
 */
const forgiven = 3;

interface Entry {
  readonly registration: Registration;
  readonly round: number;
}

/**
 * All replicas of all workers, as NATS knows them. While NATS is away or hangs the last
 * known ones stand; they are kept in `file`, so a restart in that time knows
 * them too.
 */
export class Directory implements AsyncDisposable {
  readonly #entries = new Map<string, Entry>();
  readonly #file: string;
  readonly #log: Logger;
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #round = 0;
  #roundBegan = Number.NEGATIVE_INFINITY;
  #hasAnswer = false;
  #timer: NodeJS.Timeout | undefined;
  #subscriptions: Subscription[] = [];

  constructor(options: { bus: Bus; file: string; log: Logger }) {
    this.#file = options.file;
    this.#log = options.log;
    this.#load();
    options.bus.connection.then(
      (connection) => this.#watch(connection, options.bus),
      () => {},
    );
  }

  /** Replicas of one worker, in a stable order. */
  replicas(worker: string): Registration[] {
    return this.all().filter((registration) => registration.worker === worker);
  }

  all(): Registration[] {
    return [...this.#entries.values()]
      .map((entry) => entry.registration)
      .sort((a, b) => a.replica.localeCompare(b.replica, 'en', { numeric: true }));
  }

  /** Calls `listener` after every change until `signal` aborts. */
  onChange(listener: () => void, signal: AbortSignal): void {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true });
  }

  #watch(connection: NatsConnection, bus: Bus): void {
    if (this.#abort.signal.aborted) return;
    const inbox = createInbox();
    const hear = (error: Error | null, message: Msg): void => {
      const registration = error ? undefined : fromMetadata(parse(message)?.['metadata']);
      if (!registration) return;
      this.#hasAnswer = true;
      this.#add(registration);
    };
    const askAll = (): void => {
      if (bus.connected) connection.publish(question, '', { reply: answersSubject });
      this.#askLater(askAll);
    };
    this.#subscriptions = [
      connection.subscribe(inbox, { callback: hear }),
      connection.subscribe(answersSubject, { callback: hear }),
      connection.subscribe(question, {
        callback: (error, message) => {
          if (error || message.reply !== answersSubject) return;
          this.#beginRound();
          this.#askLater(askAll);
        },
      }),
      connection.subscribe(changesSubject, {
        callback: (error, message) => {
          const change = error ? undefined : parse(message);
          const [arrived, left] = [toRegistration(change?.['arrived']), toRegistration(change?.['left'])];
          if (arrived) this.#add(arrived);
          if (left) this.#remove(left);
        },
      }),
    ];
    // Whoever begins asks for itself alone: the others know already.
    const ask = (): void => connection.publish(question, '', { reply: inbox });
    bus.onReconnect(() => {
      // Whoever was silent while the bus was away gets its chances anew.
      for (const [key, entry] of this.#entries) this.#entries.set(key, { ...entry, round: this.#round });
      ask();
    }, this.#abort.signal);
    this.#askLater(askAll);
    if (bus.connected) ask();
  }

  /** Unless another directory asks before. */
  #askLater(ask: () => void): void {
    clearTimeout(this.#timer);
    if (!this.#abort.signal.aborted) this.#timer = setTimeout(ask, roundPeriod * (1 + Math.random() / 4)).unref();
  }

  #beginRound(): void {
    const now = performance.now();
    if (now - this.#roundBegan < roundPeriod / 2) return;
    this.#roundBegan = now;
    if (this.#hasAnswer) {
      this.#round++;
      this.#forgetSilent();
    }
    this.#hasAnswer = false;
  }

  #add(registration: Registration): void {
    const key = keyOf(registration);
    const known = this.#entries.get(key)?.registration;
    if (known && known.startedAt > registration.startedAt) return;
    this.#entries.set(key, { registration, round: this.#round });
    if (known?.pid !== registration.pid || known.address !== registration.address) this.#changed();
  }

  #remove(registration: Registration): void {
    const key = keyOf(registration);
    if (this.#entries.get(key)?.registration.pid !== registration.pid) return;
    this.#entries.delete(key);
    this.#changed();
  }

  #forgetSilent(): void {
    const silent = [...this.#entries].filter(([, entry]) => entry.round < this.#round - forgiven);
    for (const [key] of silent) this.#entries.delete(key);
    if (silent.length > 0) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(this.all()));
      renameSync(`${this.#file}.new`, this.#file);
    } catch (error) {
      this.#log.warn({ error }, 'last known workers could not be written');
    }
  }

  #load(): void {
    try {
      for (const value of JSON.parse(readFileSync(this.#file, 'utf8')) as unknown[]) {
        const registration = toRegistration(value);
        if (registration) this.#entries.set(keyOf(registration), { registration, round: 0 });
      }
    } catch {
      // None known yet, or a damaged file: the bus will tell.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }
}

/** Anybody may say anything on the bus: what is no JSON object is not for us. */
function parse(message: Msg): Record<string, unknown> | undefined {
  try {
    const value = message.json<unknown>();
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const keyOf = ({ node, replica }: Registration): string => `${node}/${replica}`;
