import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import { Gauge } from '@arcbox/metrics';
import { Signal } from '@arcbox/stream';
import { connect, type NatsConnection } from 'nats';
import { unlessAborted } from './unless-aborted.ts';

const connections = new Gauge('arcbox_bus_connected', 'Whether NATS can be reached: 1 or 0.');

/**
 * The connection to NATS. It may be away at any time: whoever needs it waits
 * for `connection`, nobody fails because of it.
 */
export class Bus implements AsyncDisposable {
  readonly #abort = new AbortController();
  readonly #connection: Promise<NatsConnection>;
  readonly #reconnected = new Set<() => void>();
  readonly #disconnected = new Set<() => void>();
  readonly #counted = connections.from(() => Number(this.#connected));
  #connected = false;

  constructor(options: { url: string; name: string; log: Logger }) {
    this.#connection = this.#connect(options);
    this.#connection.catch(() => {});
  }

  /** Resolves at the first connection; rejects when the bus is disposed before. */
  get connection(): Promise<NatsConnection> {
    return this.#connection;
  }

  /** Whether the server can be reached now, as far as we know. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Calls `listener` after each reconnection until `signal` aborts. */
  onReconnect(listener: () => void, signal: AbortSignal): void {
    this.#reconnected.add(listener);
    signal.addEventListener('abort', () => this.#reconnected.delete(listener), { once: true });
  }

  /** Calls `listener` whenever the connection breaks until `signal` aborts. */
  onDisconnect(listener: () => void, signal: AbortSignal): void {
    this.#disconnected.add(listener);
    signal.addEventListener('abort', () => this.#disconnected.delete(listener), { once: true });
  }

  /** Resolves with the connection once the server can be reached; rejects when `signal` aborts or the bus is disposed. */
  async whenConnected(signal: AbortSignal): Promise<NatsConnection> {
    const connection = await unlessAborted(this.#connection, signal);
    const back = new Signal();
    const over = new AbortController();
    this.onReconnect(() => back.raise(), over.signal);
    try {
      while (!this.#connected) {
        signal.throwIfAborted();
        this.#abort.signal.throwIfAborted();
        await back.wait(500, signal);
      }
    } finally {
      over.abort();
    }
    return connection;
  }

  async #connect({ url, name, log }: { url: string; name: string; log: Logger }): Promise<NatsConnection> {
    const { servers, ...credentials } = parseNatsUrl(url);
    for (let reported = false; ; ) {
      this.#abort.signal.throwIfAborted();
      try {
        const connection = await connect({
          servers,
          ...credentials,
          name,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 200,
          reconnectJitter: 100,
          // A server that starts anew may refuse us for a moment.
          ignoreAuthErrorAbort: true,
          timeout: 2_000,
          pingInterval: 10_000,
          maxPingOut: 2,
        });
        if (this.#abort.signal.aborted) await connection.close();
        this.#abort.signal.throwIfAborted();
        this.#connected = true;
        void this.#watch(connection, log);
        return connection;
      } catch (error) {
        if (!reported && !this.#abort.signal.aborted) log.warn({ error }, 'bus is not there yet');
        reported = true;
        await sleep(100, undefined, { signal: this.#abort.signal });
      }
    }
  }

  async #watch(connection: NatsConnection, log: Logger): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') {
        this.#connected = false;
        log.warn('bus went away');
        for (const listener of this.#disconnected) listener();
      } else if (type === 'reconnect') {
        this.#connected = true;
        log.info('bus is back');
        for (const listener of this.#reconnected) listener();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#counted[Symbol.dispose]();
    this.#abort.abort();
    // An attempt to connect may be on its way; it closes what comes of it.
    const pause = sleep(100, undefined, { ref: false });
    const connection = await Promise.race([this.#connection.catch(() => undefined), pause]);
    if (!connection) return;
    if (this.#connected) await Promise.race([connection.flush().catch(() => {}), sleep(500, undefined, { ref: false })]);
    await connection.close();
  }
}

/** Splits `nats://[user:password|token]@host:port[,…]`. */
export function parseNatsUrl(url: string): { servers: string[]; user?: string; pass?: string; token?: string } {
  const servers: string[] = [];
  let credentials: { user?: string; pass?: string; token?: string } = {};
  for (const part of url.split(',')) {
    const parsed = new URL(part.includes('://') ? part : `nats://${part}`);
    const [user, pass] = [decodeURIComponent(parsed.username), decodeURIComponent(parsed.password)];
    if (user) credentials = pass ? { user, pass } : { token: user };
    servers.push(parsed.host);
  }
  return { servers, ...credentials };
}
