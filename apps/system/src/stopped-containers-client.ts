import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Clients } from '@arcbox/rpc';
import type { PruneOrder, Removed } from './prune.ts';
import { asOurs, within } from './remote-call.ts';

/** Removing all containers of a busy host takes its time; milliseconds. */
const patience = 30 * 60_000;

/** Removes containers that do not run. Their worker does it: it knows what of the disk each of them has. */
export async function stoppedContainers(clients: Clients, { filters }: PruneOrder, signal: AbortSignal): Promise<Removed> {
  const stub = await clients.of(ContainerServiceDefinition);
  const { deleted, spaceReclaimed } = await asOurs(stub.prune({ filters }, within(signal, patience)));
  return { names: deleted, bytes: spaceReclaimed };
}
