import type { RunContext } from './context.ts';
import { finish } from './finish.ts';
import { importImages } from './import-images.ts';
import { importVolumes } from './import-volumes.ts';
import { makeRoom } from './make-room.ts';
import { recreateContainers } from './recreate-containers.ts';
import { recreateNetworks } from './recreate-networks.ts';
import { startContainers } from './start-containers.ts';
import { stopSource } from './stop-source.ts';

/**
 * All phases, in order. What a run that broke off has done is passed over. In the
 * last one nothing can be undone any more: it is gone on with whatever happens, until
 * `stopping` aborts.
 */
export async function carryOut(context: RunContext, stopping: AbortSignal): Promise<void> {
  if (context.journal.run.phase !== 'complete') await bringOver(context);
  await finish({ ...context, signal: stopping });
}

async function bringOver(context: RunContext): Promise<void> {
  await makeRoom(context);
  await stopSource(context);
  await importImages(context);
  await importVolumes(context);
  await recreateNetworks(context);
  await recreateContainers(context);
  await startContainers(context);
  context.signal.throwIfAborted();
}
