import { callBounds, Counter, Gauge, Histogram } from '@arcbox/metrics';
import { parseTraceContext, readRequest, type RequestScope } from '@arcbox/request';
import { beginCallSpan } from '@arcbox/tracing';
import { type Metadata, Status } from 'nice-grpc-common';

const calls = new Counter('arcbox_calls_total', 'Calls that this process has answered.', ['method', 'code']);
const seconds = new Histogram('arcbox_call_seconds', 'How long calls took, streams apart.', callBounds, ['method']);

let inFlight = 0;
new Gauge('arcbox_calls_in_flight', 'Calls that this process is at.').from(() => inFlight);

export interface BegunCall {
  readonly request: RequestScope;
  /** Says how it has ended, once. */
  ended(code: Status, details?: string): void;
}

/** A call has come: from here on it counts, takes time, and is part of a trace where those are collected. */
export function beginCall(
  call: { readonly method: { readonly path: string }; readonly requestStream: boolean; readonly responseStream: boolean },
  metadata: Metadata,
): BegunCall {
  const started = performance.now();
  inFlight++;
  const { path: method } = call.method;
  const request = readRequest(method, (name) => metadata.get(name));
  const parent = parseTraceContext(metadata.get('traceparent'), metadata.get('tracestate'));
  // What workers do of their own accord would fill every collector.
  const isTraced = !request.client.startsWith('worker=');
  const span = isTraced ? beginCallSpan(method, 'server', parent, attributesOf(request)) : undefined;
  return {
    request: span ? { ...request, tracestate: undefined, ...span.context } : request,
    ended(code, details) {
      inFlight--;
      calls.at({ method, code: Status[code] ?? 'UNKNOWN' }).add();
      if (!call.requestStream && !call.responseStream) seconds.at({ method }).observe((performance.now() - started) / 1_000);
      span?.end(code, details);
    },
  };
}

function attributesOf({ requestId, method, client }: RequestScope): { readonly [name: string]: string } {
  return { 'arcbox.request_id': requestId, 'arcbox.method': method, 'arcbox.client': client };
}
