import type { TraceContext } from '@arcbox/request';
import { activeTracer, type SpanOptions } from './tracer.ts';

/** A call in a trace: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/ */
interface CallSpan {
  readonly context: TraceContext;
  /** Status code of gRPC, and its message where it has one. */
  end(code: number, message?: string): void;
}

/** Codes that are a failure of the server and not of who asks: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const failuresOfServer = new Set([2, 4, 12, 13, 14, 15]);

/** OK, and CANCELLED: whoever has read enough of a stream leaves it. */
const noFailuresOfCall = new Set([0, 1]);

/** Begins the span of a call to `path`, `/package.Service/Method`; undefined where nobody collects traces. */
export function beginCallSpan(
  path: string,
  kind: SpanOptions['kind'],
  parent: TraceContext | undefined,
  attributes: SpanOptions['attributes'] = {},
): CallSpan | undefined {
  const tracer = activeTracer();
  if (!tracer) return undefined;
  const [, service = '', method = ''] = path.split('/');
  const rpc = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': method };
  const span = tracer.begin({ name: `${service}/${method}`, kind, parent, attributes: { ...rpc, ...attributes } });
  return {
    context: span.context,
    end(code, message = '') {
      const hasFailed = kind === 'server' ? failuresOfServer.has(code) : !noFailuresOfCall.has(code);
      span.end({ 'rpc.grpc.status_code': code }, hasFailed ? message : undefined);
    },
  };
}
