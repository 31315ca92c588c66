import { randomUUID } from 'node:crypto';
import { formatTimeout, parseTimeout } from './timeout.ts';

/** Headers that belong to one connection, or that the gateway writes anew. */
const notPassedOn = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings', 'host', 'expect'],
  ...['te', 'content-length', 'grpc-timeout', 'x-request-id'],
]);

/** Names of HTTP/2 that stand for the request line; the gateway makes its own. */
const pseudo = 58; // ':'

/** The head of a call: what the client asked for and what every attempt at a worker repeats. */
export class RequestHead {
  readonly path: string;
  readonly requestId: string;
  /** On the clock of `performance.now()`; undefined without `grpc-timeout`. */
  readonly deadline: number | undefined;
  readonly #headers: readonly string[];

  /** `raw` holds names and values in turn, as they came. */
  constructor(path: string, raw: readonly string[]) {
    this.path = path;
    let requestId: string | undefined;
    let timeout: number | undefined;
    const headers = [':method', 'POST', ':path', path, ':scheme', 'http', ':authority', 'localhost', 'te', 'trailers'];
    for (let i = 0; i < raw.length; i += 2) {
      const [name, value] = [raw[i] as string, raw[i + 1] as string];
      if (name === 'x-request-id') requestId ??= value;
      else if (name === 'grpc-timeout') timeout ??= parseTimeout(value);
      if (name.charCodeAt(0) !== pseudo && !notPassedOn.has(name)) headers.push(name, value);
    }
    this.requestId = requestId || randomUUID();
    this.deadline = timeout === undefined ? undefined : performance.now() + timeout;
    headers.push('x-request-id', this.requestId);
    this.#headers = headers;
  }

  /** Milliseconds that are left; undefined without a deadline. */
  get remaining(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - performance.now();
  }

  /** The head for a worker, with the time that is left now. */
  forWorker(): string[] {
    const { remaining } = this;
    return remaining === undefined
      ? [...this.#headers]
      : [...this.#headers, 'grpc-timeout', formatTimeout(remaining)];
  }
}
