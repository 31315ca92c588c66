import { requestHeaders, parseTraceContext, requestIdOf, type RequestScope, type TraceContext, traceContext, writeRequest } from '@arcbox/request';
import { formatTimeout, parseTimeout } from './timeout.ts';

/** Headers that belong to one connection, or that the gateway writes anew. */
const notPassedOn = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings', 'host', 'expect'],
  ...['te', 'content-length', 'grpc-timeout', 'priority', ...Object.values<string>(requestHeaders)],
]);

/**
 * All calls to a worker share a connection, and take turns in it (RFC 9218). Without this the older ones go first: where
 * there is more to send than the connection takes, a call would get nothing until all before it have got everything.
 */
const inTurn = ['priority', 'i'];

/** Names of HTTP/2 that stand for the request line; the gateway makes its own. */
const pseudo = 58; // ':'

/** The head of a call: what the client asked for and what every attempt at a worker repeats. */
export class RequestHead {
  /** What the client said of the trace that its call is part of. */
  readonly trace: TraceContext | undefined;
  /** On the clock of `performance.now()`; undefined without `grpc-timeout`. */
  readonly deadline: number | undefined;
  readonly #headers: readonly string[];
  #request: RequestScope;

  /** `raw` holds names and values in turn, as they came from `client`. */
  constructor(path: string, raw: readonly string[], client: string) {
    let requestId: string | undefined;
    let timeout: number | undefined;
    let traceparent: string | undefined;
    let tracestate: string | undefined;
    const headers = [':method', 'POST', ':path', path, ':scheme', 'http', ':authority', 'localhost', 'te', 'trailers', ...inTurn];
    for (let i = 0; i < raw.length; i += 2) {
      const [name, value] = [raw[i] as string, raw[i + 1] as string];
      if (name === requestHeaders.requestId) requestId ??= value;
      else if (name === requestHeaders.traceparent) traceparent = traceparent === undefined ? value : '';
      else if (name === requestHeaders.tracestate) tracestate = tracestate === undefined ? value : `${tracestate},${value}`;
      else if (name === 'grpc-timeout') timeout ??= parseTimeout(value);
      if (name.charCodeAt(0) !== pseudo && !notPassedOn.has(name)) headers.push(name, value);
    }
    this.trace = parseTraceContext(traceparent, tracestate);
    this.#request = { requestId: requestIdOf(requestId), method: path, client, ...(this.trace ?? traceContext()) };
    this.deadline = timeout === undefined ? undefined : performance.now() + timeout;
    this.#headers = headers;
  }

  get request(): RequestScope {
    return this.#request;
  }

  /** From here on the call is part of `trace`. */
  follow(trace: TraceContext): void {
    this.#request = { ...this.#request, tracestate: undefined, ...trace };
  }

  /** Milliseconds that are left; undefined without a deadline. */
  get remaining(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - performance.now();
  }

  /** The head for a worker, with the time that is left now. */
  forWorker(): string[] {
    const { remaining } = this;
    const head = [...this.#headers];
    writeRequest(this.request, (name, value) => head.push(name, value));
    if (remaining !== undefined) head.push('grpc-timeout', formatTimeout(remaining));
    return head;
  }
}
