import { HealthCheckResponse_ServingStatus as Status, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import type { Registration, Replicas } from '@arcbox/rpc';
import { type Channel, createClient } from 'nice-grpc';
import type { SeenReplica } from './workers.ts';

/** How long a replica may think about how it is, on a busy host too; milliseconds. */
const patience = 3_000;

/** Asks a replica how it is. */
export async function seeReplica(replicas: Replicas, registration: Registration, signal: AbortSignal): Promise<SeenReplica> {
  const { worker, replica, pid, version, startedAt } = registration;
  const client = createClient(HealthDefinition, replicas.channelOf(registration) as Channel);
  const hurry = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const health = await client.check({}, { signal: hurry }).then(
    ({ status }) => (status === Status.SERVING ? ('serving' as const) : ('starting' as const)),
    () => 'silent' as const,
  );
  signal.throwIfAborted();
  return { worker, replica, pid, version, startedAt: new Date(startedAt), health };
}
