import { exposition, measureLag } from '@arcbox/metrics';
import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { type ServedService, service } from './served-service.ts';

/** arcbox.engine.v1.MetricsService of one worker: its values, with its name on each. */
export function metricsService(labels: { readonly worker: string; readonly replica: string; readonly node: string }): ServedService {
  return service(MetricsServiceDefinition, { read: async () => ({ text: await ownMetrics(labels) }) }, { early: true });
}

/** What this process counts. */
export async function ownMetrics(labels: { readonly [name: string]: string }): Promise<string> {
  await measureLag();
  return exposition(labels);
}
