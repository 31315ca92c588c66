import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Places } from '../record/places.ts';
import { dropLog } from '../log/rotate.ts';
import { hasSandbox } from '../options/networking.ts';
import { unmountRoot } from '../start/root.ts';
import { Bundle } from '../runtime/bundle.ts';
import { StdinPipe } from '../runtime/stdin-pipe.ts';
import type { Runc } from '../runtime/runc.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import { clearSurroundings } from '../start/surround.ts';
import { hideRoot } from '../userns/shown-root.ts';

export interface GiveBackDeps {
  readonly containers: Containers;
  readonly sandboxes: { close(id: string): Promise<void> };
  readonly runtime: Runc;
  readonly places: Places;
}

/**
 * Returns everything that a run held: network with addresses and ports, root
 * mount, runtime state, cgroups. The caller holds the container's lease and no
 * process of it is left. What fails is tried again by the patrol.
 */
export async function giveBack({ containers, sandboxes, runtime, places }: GiveBackDeps, container: Container): Promise<void> {
  const { id, config } = container;
  const closing = hasSandbox(config) ? sandboxes.close(id) : Promise.resolve();
  const results = await Promise.allSettled([closing, runtime.delete(id, cgroupPath(container))]);
  if (config.ids) hideRoot(places, id);
  unmountRoot(config.root);
  clearSurroundings(places.home(id));
  if (config.stdinOpen) new StdinPipe(places.bundle(id)).end();
  if (config.logs.driver === 'none') dropLog(places.logFile(id), config.logs.maxFiles);
  new Bundle(places.bundle(id)).remove();
  rmSync(join(places.exits, id), { force: true });
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  containers.transition(id, ({ status }) =>
    status.held ? { status: { ...status, held: undefined, network: undefined } } : undefined,
  );
}
