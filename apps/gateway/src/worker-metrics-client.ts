import { isKind } from '@arcbox/errors';
import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { fromRpcError, type Registration, type Replicas } from '@arcbox/rpc';
import { type Channel, createClient } from 'nice-grpc';

/** Who has not answered by then is left out; milliseconds. */
const patience = 1_500;

/** What a replica counts; undefined when it does not say so in time. */
export async function askForMetrics(replicas: Replicas, registration: Registration): Promise<string | undefined> {
  const client = createClient(MetricsServiceDefinition, replicas.channelOf(registration) as Channel);
  try {
    return (await client.read({}, { signal: AbortSignal.timeout(patience) })).text;
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

function isAway(error: unknown): boolean {
  return (error instanceof Error && error.name === 'AbortError') || isKind(fromRpcError(error), 'unavailable', 'cancelled', 'deadline-exceeded');
}
