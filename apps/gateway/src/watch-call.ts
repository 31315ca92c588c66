import { callBounds, Counter, Gauge, Histogram } from '@arcbox/metrics';
import { beginCallSpan } from '@arcbox/tracing';
import { Status } from 'nice-grpc-common';
import type { RequestHead } from './request-head.ts';
import type { Route } from './routes.ts';

const calls = new Counter('arcbox_gateway_calls_total', 'Calls of clients that have ended.', ['method', 'code']);
const seconds = new Histogram('arcbox_gateway_call_seconds', 'How long calls of clients took, streams apart.', callBounds, ['method']);

let inFlight = 0;
new Gauge('arcbox_gateway_calls_in_flight', 'Calls of clients that go on.').from(() => inFlight);

/** Says how a call has ended, once: its status, and the message where that is known here. */
export type CallEnd = (code: number, message?: string) => void;

/** Counts a call of a client from here on, and makes it part of a trace where those are collected. */
export function watchCall(head: RequestHead, { isStream }: Route): CallEnd {
  const { requestId, method, client } = head.request;
  const started = performance.now();
  inFlight++;
  const span = beginCallSpan(method, 'server', head.trace, { 'arcbox.request_id': requestId, 'arcbox.client': client });
  if (span) head.follow(span.context);
  return (code, message) => {
    inFlight--;
    calls.at({ method, code: Status[code] ?? 'UNKNOWN' }).add();
    if (!isStream) seconds.at({ method }).observe((performance.now() - started) / 1_000);
    span?.end(code, message);
  };
}

/** What nobody serves: its name is the client's, and may be anything. */
export function countUnknown(): void {
  calls.at({ method: 'unknown', code: 'UNIMPLEMENTED' }).add();
}
