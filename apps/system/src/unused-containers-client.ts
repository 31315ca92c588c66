import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Clients } from '@arcbox/rpc';
import type { PruneOrder, Verdict } from './prune.ts';
import { asOurs, longPatience, within } from './remote-call.ts';
import { readVerdicts } from './verdicts-client.ts';

/** Containers that do not run. Their worker decides and removes: it knows what is happening to each. */
export async function unusedContainers(clients: Clients, { filters, dryRun }: PruneOrder, signal: AbortSignal): Promise<Verdict[]> {
  const stub = await clients.of(ContainerServiceDefinition);
  const { verdicts } = await asOurs(stub.prune({ filters, dryRun }, { ...within(signal, longPatience), changesNothing: dryRun }));
  return readVerdicts(clients, verdicts, signal);
}
