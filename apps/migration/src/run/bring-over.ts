import type { RunContext } from './context.ts';
import { importImages } from './import-images.ts';
import { importVolumes } from './import-volumes.ts';
import { makeRoom } from './make-room.ts';
import { recreateContainers } from './recreate-containers.ts';
import { recreateNetworks } from './recreate-networks.ts';
import { startContainers } from './start-containers.ts';
import { stopSource } from './stop-source.ts';

/** All phases that can be undone, in order. What a run that broke off has done is passed over. */
export async function bringOver(context: RunContext): Promise<void> {
  await makeRoom(context);
  await stopSource(context);
  await importImages(context);
  await importVolumes(context);
  await recreateNetworks(context);
  await recreateContainers(context);
  await startContainers(context);
  context.signal.throwIfAborted();
}
