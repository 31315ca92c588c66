import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import type { Containers } from '../record/containers.ts';
import type { Places } from '../record/places.ts';
import { Bundle } from '../runtime/bundle.ts';
import { endAll } from '../runtime/end-all.ts';
import type { Runc } from '../runtime/runc.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import { unmountBelow } from '../start/root.ts';
import { type AgreeDeps, agreeOnNetwork } from './agree-network.ts';

export interface LeftoverDeps {
  readonly containers: Containers;
  readonly images: { cleanup(path: string): Promise<void> };
  readonly sandboxes: AgreeDeps['sandboxes'] & { close(id: string): Promise<void> };
  readonly volumes: { removeOwned(owner: string): Promise<void> };
  readonly runtime: Runc;
  readonly places: Places;
  readonly log: Logger;
}

/** Between attempts to reach workers that have not started yet; milliseconds. */
const retryPause = 2_000;

/** Removes what belongs to no container, and sees to it that the rest agrees: a worker died in between. */
export async function removeLeftovers(deps: LeftoverDeps, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; attempt < 30 && !signal.aborted; attempt++) {
    try {
      for (const id of orphans(deps)) await removeOrphan(deps, id);
      for (const sandbox of await deps.sandboxes.list()) {
        await closeIfUnused(deps, sandbox.id);
        await agreeOnNetwork(deps, sandbox);
      }
      return;
    } catch (error) {
      deps.log.debug({ error }, 'leftovers stay for now');
      await sleep(retryPause, undefined, { signal, ref: false }).catch(() => {});
    }
  }
}

const idPattern = /^[0-9a-f]{64}$/;

/** Ids that have files but no record. */
function orphans({ containers, places }: LeftoverDeps): string[] {
  const found = [places.state, places.bundles, places.runtime, places.exits].flatMap((path) => readdirSync(path));
  return [...new Set(found)].filter((id) => idPattern.test(id) && !containers.get(id));
}

async function removeOrphan(deps: LeftoverDeps, id: string): Promise<void> {
  const { containers, places, runtime, images, volumes, log } = deps;
  // A Create under way holds the lease, and its record is not there yet.
  using lease = containers.tryHold(id);
  if (!lease || containers.get(id)) return;
  log.info({ id }, 'removing what is left of a container');
  const bundle = new Bundle(places.bundle(id));
  endAll(id, bundle);
  await runtime.delete(id, bundle.cgroup ?? cgroupPath({ id }));
  bundle.remove();
  unmountBelow(places.home(id));
  await images.cleanup(places.root(id));
  await volumes.removeOwned(id);
  rmSync(places.home(id), { recursive: true, force: true });
  rmSync(`${places.exits}/${id}`, { force: true });
}

async function closeIfUnused({ containers, sandboxes }: LeftoverDeps, id: string): Promise<void> {
  using lease = containers.tryHold(id);
  if (!lease) return;
  const container = containers.get(id);
  if (container && (container.status.held || container.status.starting)) return;
  await sandboxes.close(id);
}
