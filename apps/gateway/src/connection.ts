import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from 'node:http2';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Registration } from '@arcbox/rpc';
import { watchHealth } from './health-watch.ts';
import { connectionWindow, sessionOptions } from './session-options.ts';

/** A replica that does not answer a new connection within this time is passed over; milliseconds. */
const patience = 800;

/** Between attempts to connect again; doubles from the first to the last. Milliseconds. */
const [firstPause, lastPause] = [50, 1_000];

/**
 * Servers end a connection on which too many calls are cancelled: they take it
 * for an attack (CVE-2023-44487; nghttp2 allows 1,000 at once and 33 a second).
 * All clients share the connection, so it is replaced before that.
 */
const cancellations = 500;

/** The way to one replica: a connection that is kept up, shared by all calls, and what is known of its health. */
export class Connection implements Disposable {
  readonly registration: Registration;
  readonly #changed: () => void;
  #session: ClientHttp2Session | undefined;
  #watch: Disposable | undefined;
  #opening: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #pause = firstPause;
  #cancelled = 0;
  #serving = false;
  #pinging = false;
  #late = false;
  #disposed = false;

  constructor(registration: Registration, changed: () => void) {
    this.registration = registration;
    this.#changed = changed;
    void this.connect().catch(() => {});
  }

  get connected(): boolean {
    return this.#session !== undefined;
  }

  /** Connected, and it says that it is ready. */
  get serving(): boolean {
    return this.connected && this.#serving;
  }

  /** Connected, and it answered the last ping. */
  get responsive(): boolean {
    return this.connected && !this.#late;
  }

  /** How well it is suited for a call: 3 is best, 0 is not connected. */
  get fitness(): number {
    if (!this.connected) return 0;
    if (this.#late) return 1;
    return this.#serving ? 3 : 2;
  }

  /** Resolves once it is connected; rejects when that does not succeed now. */
  connect(): Promise<void> {
    if (this.connected) return Promise.resolve();
    if (this.#disposed) return Promise.reject(new Error('closed'));
    clearTimeout(this.#retry);
    return this.#renew();
  }

  /** Opens a stream with this head; a dead one when the connection has just broken. */
  request(head: string[]): ClientHttp2Stream | undefined {
    return this.#session?.request(head, { endStream: false });
  }

  /** Notes that a call was cancelled on the connection of `stream`. */
  cancelled(stream: ClientHttp2Stream): void {
    if (stream.session !== this.#session || ++this.#cancelled < cancellations) return;
    // The old one serves until then: a busy replica may need a while to take a new one.
    void this.#renew().catch(() => {});
  }

  /** Asks for a sign of life; one that has not come until the next time makes the replica late. */
  ping(): void {
    const session = this.#session;
    if (!session || session.closed || session.destroyed) return;
    if (this.#pinging) return this.#setLate(true);
    this.#pinging = session.ping(() => {
      if (session !== this.#session) return;
      this.#pinging = false;
      this.#setLate(false);
    });
  }

  /** No new calls; those in flight end by themselves. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    const session = this.#session;
    this.#lose(session);
    clearTimeout(this.#retry);
    session?.close();
  }

  /** One at a time. */
  #renew(): Promise<void> {
    return (this.#opening ??= this.#open().finally(() => (this.#opening = undefined)));
  }

  async #open(): Promise<void> {
    let session: ClientHttp2Session | undefined;
    try {
      session = await openSession(this.registration.address);
    } finally {
      if (!session && !this.connected && !this.#disposed) this.#retryLater();
    }
    if (this.#disposed) return session.destroy();
    this.#use(session);
  }

  #use(session: ClientHttp2Session): void {
    const old = this.#session;
    this.#forget();
    this.#session = session;
    this.#pause = firstPause;
    // Calls in flight end by themselves.
    old?.close();
    session.once('goaway', () => this.#lose(session));
    session.once('close', () => this.#lose(session));
    this.#watch = watchHealth(session, (serving) => {
      if (session !== this.#session || serving === this.#serving) return;
      this.#serving = serving;
      this.#changed();
    });
    this.#changed();
  }

  #lose(session: ClientHttp2Session | undefined): void {
    if (!session || session !== this.#session) return;
    this.#forget();
    this.#serving = false;
    if (!this.#disposed) this.#retryLater();
    this.#changed();
  }

  #forget(): void {
    this.#session = undefined;
    this.#watch?.[Symbol.dispose]();
    this.#late = this.#pinging = false;
    this.#cancelled = 0;
  }

  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.connect().catch(() => {}), this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, lastPause);
  }

  #setLate(late: boolean): void {
    if (late === this.#late) return;
    this.#late = late;
    this.#changed();
  }
}

/** Connects and waits for the first words of an HTTP/2 server: a socket that accepts may belong to a stopped process. */
async function openSession(address: string): Promise<ClientHttp2Session> {
  const session = connectHttp2('http://localhost', { ...sessionOptions, createConnection: () => openSocket(address) });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => session.destroy(), patience);
  session.on('error', reject);
  session.once('close', () => reject(new Error(`nobody answers at ${address}`)));
  session.once('remoteSettings', () => resolve());
  try {
    await promise;
    session.setLocalWindowSize(connectionWindow);
  } catch (error) {
    session.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return session;
}

function openSocket(address: string): Socket {
  if (address.startsWith('unix:')) return connectSocket(address.slice('unix:'.length));
  const { hostname, port } = new URL(`tcp://${address}`);
  return connectSocket({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true, keepAlive: true });
}
