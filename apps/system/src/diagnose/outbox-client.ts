import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import type { Registration, Replicas } from '@arcbox/rpc';
import { type Channel, createClient } from 'nice-grpc';

/** How long a replica may think about its numbers, in milliseconds. */
const patience = 3_000;

/** Events of each worker that wait for the bus. The replicas of a worker have one outbox; who does not answer is left out. */
export async function readOutboxes(replicas: Replicas, here: readonly Registration[], signal: AbortSignal): Promise<Map<string, number>> {
  const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const read = async (registration: Registration): Promise<[string, number] | undefined> => {
    const client = createClient(MetricsServiceDefinition, replicas.channelOf(registration) as Channel);
    const { text } = await client.read({}, { signal: hurry });
    const count = countIn(text);
    return count === undefined ? undefined : [registration.worker, count];
  };
  const answers = await Promise.allSettled(here.map(read));
  return new Map(answers.flatMap((answer) => (answer.status === 'fulfilled' && answer.value ? [answer.value] : [])));
}

/** Prometheus text: `arcbox_outbox_events{worker="images"} 3`. */
export function countIn(metrics: string): number | undefined {
  const [, count] = /^arcbox_outbox_events(?:\{[^\n]*\})? (\d+)/m.exec(metrics) ?? [];
  return count === undefined ? undefined : Number(count);
}
