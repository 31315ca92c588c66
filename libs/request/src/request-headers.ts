import { randomUUID } from 'node:crypto';
import type { RequestScope } from './request-scope.ts';
import { traceContext } from './trace-context.ts';

/** Metadata in which a request goes from the gateway to a worker and from worker to worker. */
export const requestHeaders = {
  requestId: 'x-request-id',
  /** Clients cannot set these two: the gateway writes them. */
  method: 'x-arcbox-method',
  client: 'x-arcbox-client',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
} as const;

type RequestHeader = (typeof requestHeaders)[keyof typeof requestHeaders];

/** What goes into logs, metadata and event headers; longer or other text does not. */
const plain = (longest: number): RegExp => new RegExp(`^[ -~]{1,${longest}}$`);
const [plainId, plainMethod, plainClient] = [plain(128), plain(256), plain(512)];

/** The id that a client gave, if it is one; else a new one. */
export function requestIdOf(given: string | undefined): string {
  return given !== undefined && plainId.test(given) ? given : randomUUID();
}

/** The request in the metadata of a call to `path`. A call that says nothing is itself the request. */
export function readRequest(path: string, get: (name: RequestHeader) => string | undefined): RequestScope {
  const [method = '', client = ''] = [get(requestHeaders.method), get(requestHeaders.client)];
  return {
    requestId: requestIdOf(get(requestHeaders.requestId)),
    method: plainMethod.test(method) ? method : path,
    client: plainClient.test(client) ? client : '',
    ...traceContext(get(requestHeaders.traceparent), get(requestHeaders.tracestate)),
  };
}

/** Puts the request into the metadata of a call that is made for it. */
export function writeRequest(request: RequestScope, set: (name: string, value: string) => void): void {
  set(requestHeaders.requestId, request.requestId);
  set(requestHeaders.method, request.method);
  if (request.client) set(requestHeaders.client, request.client);
  if (request.traceparent) set(requestHeaders.traceparent, request.traceparent);
  if (request.tracestate) set(requestHeaders.tracestate, request.tracestate);
}
