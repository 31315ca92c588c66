import type { Readable } from 'node:stream';
import { unavailable } from '@arcbox/errors';
import { type Dispatcher, request } from 'undici';
import { Agents } from './agents.ts';
import { connectionError } from './connection-error.ts';
import type { RegistryHost, Scheme } from './registry-hosts.ts';
import type { Trust } from './trust.ts';

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

/** Hosts of which we remember how they speak. */
const maxSchemes = 256;

/** HTTP to registries: connections, and what is known about how a host speaks. */
export class Transport implements AsyncDisposable {
  readonly deadlines: Deadlines;
  readonly #agents = new Agents();
  readonly #schemes = new Map<string, Scheme>();

  constructor(deadlines: Deadlines = defaultDeadlines) {
    this.deadlines = deadlines;
  }

  /** A request to a host of a registry: in the first of its schemes that it answers. */
  async toHost(host: RegistryHost, path: string, options: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { authority, trust, connectTimeout } = host;
    const known = this.#schemes.get(authority);
    const schemes = known && host.schemes.includes(known) ? [known] : host.schemes;
    const headers = { ...host.headers, ...options.headers };
    for (const [index, scheme] of schemes.entries()) {
      try {
        const url = new URL(`${scheme}://${authority}${path}`);
        const answer = await this.send(url, { ...options, headers }, signal, trust, connectTimeout);
        this.#remember(authority, scheme);
        return answer;
      } catch (error) {
        if (index === schemes.length - 1 || signal.aborted) throw error;
      }
    }
    throw unavailable(`registry ${authority} cannot be reached`);
  }

  /** One request, no redirects followed, nothing tried again. Failures that may pass are `TransientError`. */
  async send(
    url: URL,
    options: Omit<HttpRequest, 'headers'> & { headers?: RegistryHost['headers'] },
    signal: AbortSignal,
    trust: Trust,
    connectTimeout = this.deadlines.connect,
  ): Promise<HttpAnswer> {
    const { method = 'GET', headers, body, patience = this.deadlines.headers } = options;
    try {
      return await request(url, {
        method,
        body: typeof body === 'function' ? body() : body,
        headers: { 'user-agent': 'arcbox', ...headers },
        dispatcher: this.#agents.get(trust, connectTimeout),
        headersTimeout: patience,
        bodyTimeout: this.deadlines.idle,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw connectionError(error, url.host);
    }
  }

  #remember(authority: string, scheme: Scheme): void {
    this.#schemes.delete(authority);
    this.#schemes.set(authority, scheme);
    const [oldest] = this.#schemes.keys();
    if (this.#schemes.size > maxSchemes && oldest !== undefined) this.#schemes.delete(oldest);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agents[Symbol.asyncDispose]();
  }
}
