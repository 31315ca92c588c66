import type { TracingConfig } from '@arcbox/config';
import type { Logger } from '@arcbox/log';
import { openTelemetryTracer } from './open-telemetry.ts';
import { setActiveTracer } from './tracer.ts';

/**
 * From here on, until it is disposed, spans of this process go to the collector
 * that the standard variables of OpenTelemetry name. What sends them is loaded
 * now: processes without a collector do not have it in memory. What cannot be
 * sent is lost, and `log` says so.
 */
export async function startTracing(
  config: TracingConfig,
  replica: { worker: string; replica: string; version: string },
  log: Logger,
): Promise<AsyncDisposable> {
  const tracer = await openTelemetryTracer(config, replica, log);
  setActiveTracer(tracer);
  return {
    async [Symbol.asyncDispose]() {
      setActiveTracer(undefined);
      await tracer[Symbol.asyncDispose]();
    },
  };
}
