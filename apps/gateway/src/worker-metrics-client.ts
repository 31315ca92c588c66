import { isKind } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { fromRpcError, type Registration, type Replicas } from '@arcbox/rpc';
import { type Channel, createClient } from 'nice-grpc';

/** Who has not answered by then is left out; milliseconds. */
const patience = 1_500;

/** What a replica counts; undefined when it does not say so in time, or cannot. */
export async function askForMetrics(replicas: Replicas, registration: Registration, log: Logger): Promise<string | undefined> {
  const client = createClient(MetricsServiceDefinition, replicas.channelOf(registration) as Channel);
  const late = AbortSignal.timeout(patience);
  try {
    return (await client.read({}, { signal: late })).text;
  } catch (error) {
    const isAway = late.aborted || isKind(fromRpcError(error), 'unavailable', 'cancelled');
    if (!isAway) log.warn({ error, replica: registration.replica }, 'its metrics cannot be read');
    return undefined;
  }
}
