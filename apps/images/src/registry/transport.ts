import { isIPv4 } from 'node:net';
import type { Readable } from 'node:stream';
import { messageOf, unavailable } from '@arcbox/errors';
import { Agent, type Dispatcher, request } from 'undici';
import { TransientError } from './transient.ts';
import { trustFor } from './trust.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: { readonly [name: string]: string };
  /** What is to be streamed is opened anew for every try. */
  readonly body?: string | Uint8Array | (() => Readable);
  /** Until the answer begins, where that may take longer than usual; milliseconds. */
  readonly patience?: number;
}

export type HttpAnswer = Dispatcher.ResponseData;

/** Milliseconds. */
export interface Deadlines {
  readonly connect: number;
  /** Until the answer begins. */
  readonly headers: number;
  /** Between two pieces of it. */
  readonly idle: number;
}

export const defaultDeadlines: Deadlines = { connect: 10_000, headers: 30_000, idle: 30_000 };

export interface TransportOptions {
  /** Directories with certificates: `<directory>/<host>/*.crt`. */
  readonly certificates: readonly string[];
  readonly deadlines?: Deadlines;
  /** Registries that may speak plain HTTP or show any certificate; as in Docker, those on loopback. */
  readonly isInsecure?: (host: string) => boolean;
}

/** HTTP to registries: one pool of connections for each host, and what is known about how it speaks. */
export class Transport implements AsyncDisposable {
  readonly #options: TransportOptions;
  readonly #deadlines: Deadlines;
  readonly #isInsecure: (host: string) => boolean;
  readonly #agents = new Map<string, Agent>();
  readonly #schemes = new Map<string, string>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#deadlines = options.deadlines ?? defaultDeadlines;
    this.#isInsecure = options.isInsecure ?? isLoopback;
  }

  /** A request to the registry `host`: HTTPS first, then, where that is allowed, HTTP. */
  async toRegistry(host: string, path: string, options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const known = this.#schemes.get(host);
    const schemes = known ? [known] : this.#isInsecure(host) ? ['https', 'http'] : ['https'];
    for (const [index, scheme] of schemes.entries()) {
      try {
        const answer = await this.send(new URL(`${scheme}://${host}${path}`), options, signal);
        this.#schemes.set(host, scheme);
        return answer;
      } catch (error) {
        if (index === schemes.length - 1 || signal.aborted) throw error;
      }
    }
    throw unavailable(`registry ${host} cannot be reached`);
  }

  /** One request, no redirects followed, nothing tried again. Failures that may pass are `TransientError`. */
  async send(url: URL, options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { method = 'GET', headers, body, patience = this.#deadlines.headers } = options;
    try {
      return await request(url, {
        method,
        body: typeof body === 'function' ? body() : body,
        headers: { 'user-agent': 'arcbox', ...headers },
        dispatcher: this.#agent(url.host),
        headersTimeout: patience,
        bodyTimeout: this.#deadlines.idle,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, url.host);
    }
  }

  #agent(host: string): Agent {
    let agent = this.#agents.get(host);
    if (!agent) {
      const { connect: timeout } = this.#deadlines;
      const trust = trustFor(host, this.#options.certificates, this.#isInsecure(host));
      agent = new Agent({ connections: 8, connect: { timeout, ...trust } });
      this.#agents.set(host, agent);
    }
    return agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()));
  }
}

/** `localhost`, `127.0.0.0/8`, `::1`, with or without a port. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name === '[::1]' || (isIPv4(name) && name.startsWith('127.'));
}

/** Nobody is there: trying again within seconds does not help. */
const settled: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
};

/** Turns what a connection can suffer into what it means to a user. */
export function connectionError(error: unknown, host: string): Error {
  const code = codeOf(error);
  const reason = settled[code];
  if (reason !== undefined) return unavailable(`registry ${host} cannot be reached: ${reason}`, error);
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code)) {
    return unavailable(`registry ${host} cannot be trusted: ${messageOf(error)}`, error);
  }
  if (/^ERR_SSL|^EPROTO/.test(code)) return unavailable(`registry ${host} does not speak TLS`, error);
  const timedOut = /TIMEOUT|ETIMEDOUT/.test(code);
  const why = timedOut ? 'it does not answer' : `the connection broke (${code || 'unknown'})`;
  return new TransientError(unavailable(`registry ${host} cannot be reached: ${why}`, error));
}

/** undici and happy eyeballs wrap the error that tells. */
function codeOf(error: unknown): string {
  for (let at = error as WrappedError | undefined; at; at = at.errors?.[0] ?? at.cause) {
    if (typeof at.code === 'string') return at.code;
  }
  return '';
}

interface WrappedError {
  readonly code?: unknown;
  readonly cause?: WrappedError;
  readonly errors?: readonly WrappedError[];
}
