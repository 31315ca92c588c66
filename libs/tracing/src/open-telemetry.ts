import type { TracingConfig } from '@arcbox/config';
import type { Logger } from '@arcbox/log';
import type { TraceContext } from '@arcbox/request';
import type * as Api from '@opentelemetry/api';
import type * as Sdk from '@opentelemetry/sdk-trace';
import type { Span, SpanOptions, Tracer } from './tracer.ts';

/** A worker that stops waits so long for the collector to take the last spans; milliseconds. */
const farewell = 1_000;

/** Sends spans by OTLP over HTTP. Where to, and with which headers, the exporter reads from the environment itself. */
export async function openTelemetryTracer(
  config: TracingConfig,
  { worker, replica, version }: { worker: string; replica: string; version: string },
  log: Logger,
): Promise<Tracer & AsyncDisposable> {
  // Named in a call each: a bundler would load what is imported at the top of a file with the program.
  const [api, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  api.diag.setLogger(complaints(log), api.DiagLogLevel.WARN);
  const own = { 'service.name': `arcbox-${worker}`, 'service.namespace': 'arcbox', 'service.version': version, 'service.instance.id': replica };
  const said = resources.detectResources({ detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector] });
  const processor = new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...config.batch });
  const provider = new sdk.TracerProvider({
    resource: resources.resourceFromAttributes(own).merge(said),
    sampler: samplerOf(sdk, config.sampler),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('arcbox', version);
  return {
    begin: (options) => begin(api, tracer, options),
    async [Symbol.asyncDispose]() {
      const late = new Promise((resolve) => setTimeout(resolve, farewell).unref());
      const told = provider.shutdown().catch((error: unknown) => log.warn({ error }, 'the last spans were not sent'));
      await Promise.race([told, late]);
    },
  };
}

/** What the library has to say, in our log. */
function complaints(log: Logger): Api.DiagLogger {
  const warn = (message: string): void => log.warn({ reason: message }, 'spans are not sent');
  return { error: warn, warn, info: () => {}, debug: () => {}, verbose: () => {} };
}

function begin(api: typeof Api, tracer: Api.Tracer, { name, kind, parent, attributes }: SpanOptions): Span {
  const kindOf = { server: api.SpanKind.SERVER, client: api.SpanKind.CLIENT } as const;
  const around = parent ? api.trace.setSpanContext(api.ROOT_CONTEXT, spanContextOf(api, parent)) : api.ROOT_CONTEXT;
  const span = tracer.startSpan(name, { kind: kindOf[kind], attributes }, around);
  return {
    context: traceContextOf(span.spanContext()),
    end(more, failure) {
      span.setAttributes(more);
      if (failure !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure });
      span.end();
    },
  };
}

function spanContextOf({ createTraceState }: Pick<typeof Api, 'createTraceState'>, { traceparent, tracestate }: TraceContext): Api.SpanContext {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  const traceState = tracestate === undefined ? undefined : createTraceState(tracestate);
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true, ...(traceState ? { traceState } : {}) };
}

function traceContextOf({ traceId, spanId, traceFlags, traceState }: Api.SpanContext): TraceContext {
  const tracestate = traceState?.serialize();
  return { traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`, ...(tracestate ? { tracestate } : {}) };
}

function samplerOf(sdk: typeof Sdk, { name, ratio }: TracingConfig['sampler']): Sdk.Sampler {
  const roots = {
    always_on: () => new sdk.AlwaysOnSampler(),
    always_off: () => new sdk.AlwaysOffSampler(),
    traceidratio: () => new sdk.TraceIdRatioBasedSampler(ratio),
  } as const;
  const [, isBased, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  const root = roots[kind as keyof typeof roots]();
  return isBased ? new sdk.ParentBasedSampler({ root }) : root;
}
