import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import type { Clients } from '@arcbox/rpc';
import type { PruneOrder, Verdict } from './prune.ts';
import { asOurs, longPatience, within } from './remote-call.ts';
import { readVerdicts } from './verdicts-client.ts';

/** Volumes that no container uses; without `all`, only those that nobody has named. Their worker decides and removes: it knows the claims. */
export async function unusedVolumes(
  clients: Clients,
  { all, filters, dryRun }: PruneOrder,
  goneContainers: readonly string[],
  signal: AbortSignal,
): Promise<Verdict[]> {
  const stub = await clients.of(VolumeServiceDefinition);
  const request = { all, filters, dryRun, goneContainers: [...goneContainers] };
  const { verdicts } = await asOurs(stub.pruneVolumes(request, { ...within(signal, longPatience), changesNothing: dryRun }));
  return readVerdicts(clients, verdicts, signal);
}
