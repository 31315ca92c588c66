import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import type { Clients } from '@arcbox/rpc';
import type { PruneOrder, Verdict } from './prune.ts';
import { asOurs, longPatience, within } from './remote-call.ts';
import { readVerdicts } from './verdicts-client.ts';

/** Images that no container is made from; without `all`, only those without a name. Their worker decides and removes, in one change. */
export async function unusedImages(
  clients: Clients,
  { all, filters, dryRun, goneCache }: PruneOrder,
  goneContainers: readonly string[],
  signal: AbortSignal,
): Promise<Verdict[]> {
  const stub = await clients.of(ImageStoreServiceDefinition);
  const request = { all, filters, dryRun, goneContainers: [...goneContainers], goneCache: [...goneCache] };
  const { verdicts } = await asOurs(stub.pruneImages(request, { ...within(signal, longPatience), changesNothing: dryRun }));
  return readVerdicts(clients, verdicts, signal);
}
