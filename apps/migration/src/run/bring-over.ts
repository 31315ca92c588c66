import { failedPrecondition } from '@arcbox/errors';
import type { RunContext } from './context.ts';
import { importImages } from './import-images.ts';
import { importVolumes } from './import-volumes.ts';
import { makeRoom } from './make-room.ts';
import { recreateContainers } from './recreate-containers.ts';
import { recreateNetworks } from './recreate-networks.ts';
import { startContainers } from './start-containers.ts';
import { stopAgain } from './stop-again.ts';
import { stopSource } from './stop-source.ts';
import { tellLateStarts } from './tell-late-starts.ts';

/** How often what the source goes on writing is brought over: somebody may start its containers whenever they stop. */
const mostRounds = 3;

/** All phases that can be undone, in order. What a run that broke off has done is passed over. */
export async function bringOver(context: RunContext): Promise<void> {
  await makeRoom(context);
  await stopSource(context);
  await importImages(context);
  await stopAgain(context);
  await bringWhatIsWritten(context);
  await startContainers(context);
  await tellLateStarts(context);
  context.signal.throwIfAborted();
}

/** Until nobody has started a container of the source meanwhile; FAILED_PRECONDITION names those that somebody keeps running. */
async function bringWhatIsWritten(context: RunContext): Promise<void> {
  let again: string[] = [];
  for (let round = 0; round < mostRounds; round++) {
    await importVolumes(context);
    await recreateNetworks(context);
    await recreateContainers(context);
    again = await stopAgain(context);
    if (again.length === 0) return;
  }
  throw failedPrecondition(`somebody starts containers of the source whenever they are stopped: ${again.join(', ')}`);
}
