import { parseCount } from './parse-count.ts';

/** What the standard variables of OpenTelemetry say; where the collector is, its exporter reads itself. */
export interface TracingConfig {
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** How spans are gathered; what is not said is the library's usual. */
  readonly batch: {
    readonly scheduledDelayMillis?: number;
    readonly exportTimeoutMillis?: number;
    readonly maxQueueSize?: number;
    readonly maxExportBatchSize?: number;
  };
}

const samplers = ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const;

export type SamplerName = (typeof samplers)[number];

/** Undefined where no collector is named, or OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER say that there shall be no traces. */
export function readTracing(env: NodeJS.ProcessEnv): TracingConfig | undefined {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isWanted = endpoint && env['OTEL_SDK_DISABLED']?.toLowerCase() !== 'true' && (env['OTEL_TRACES_EXPORTER'] || 'otlp') === 'otlp';
  if (!isWanted) return undefined;
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  if (protocol !== 'http/protobuf') throw new Error(`OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is supported: ${protocol}`);
  return {
    sampler: { name: readSampler(env), ratio: readRatio(env) },
    batch: {
      scheduledDelayMillis: readCount(env, 'OTEL_BSP_SCHEDULE_DELAY'),
      exportTimeoutMillis: readCount(env, 'OTEL_BSP_EXPORT_TIMEOUT'),
      maxQueueSize: readCount(env, 'OTEL_BSP_MAX_QUEUE_SIZE'),
      maxExportBatchSize: readCount(env, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
    },
  };
}

function readSampler(env: NodeJS.ProcessEnv): SamplerName {
  const value = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const found = samplers.find((name) => name === value);
  if (!found) throw new Error(`OTEL_TRACES_SAMPLER: not one of ${samplers.join(', ')}: ${value}`);
  return found;
}

function readRatio(env: NodeJS.ProcessEnv): number {
  const value = env['OTEL_TRACES_SAMPLER_ARG'] || '1';
  const ratio = Number(value);
  if (!(ratio >= 0 && ratio <= 1)) throw new Error(`OTEL_TRACES_SAMPLER_ARG: not a share from 0 to 1: ${value}`);
  return ratio;
}

function readCount(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name];
  return value ? parseCount(name, value) : undefined;
}
