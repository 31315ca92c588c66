import type { TracingConfig } from '@arcbox/config';
import { openTelemetryTracer } from './open-telemetry.ts';
import { setActiveTracer } from './tracer.ts';

/**
 * From here on, until it is disposed, spans of this process go to the collector
 * that the standard variables of OpenTelemetry name. What sends them is loaded
 * now: processes without a collector do not have it in memory.
 */
export async function startTracing(config: TracingConfig, replica: { worker: string; replica: string; version: string }): Promise<AsyncDisposable> {
  const tracer = await openTelemetryTracer(config, replica);
  setActiveTracer(tracer);
  return {
    async [Symbol.asyncDispose]() {
      setActiveTracer(undefined);
      await tracer[Symbol.asyncDispose]();
    },
  };
}
