import { join } from 'node:path';
import type { Paths } from '@arcbox/config';

/** Where the files of containers are. */
export interface Places {
  /** Durable directories, one a container. */
  readonly state: string;
  /** State directory of the runtime. */
  readonly runtime: string;
  /** conmon drops a file here when a container has ended: the doorbell of all replicas. */
  readonly exits: string;
  /** Bundles, one a container; gone after a reboot. */
  readonly bundles: string;
  /** Where the files of containers are put together to be copied, for a moment. */
  readonly views: string;
  /** Where image layers are shown with the ids of a container, for a moment. */
  readonly layers: string;
  /** Where containers with ids of their own have their root, one a container. */
  readonly roots: string;
  home(id: string): string;
  root(id: string): string;
  bundle(id: string): string;
  logFile(id: string): string;
}

export function placesOf(paths: Paths): Places {
  const state = paths.service('containers');
  const bundles = join(paths.run, 'containers');
  return {
    state,
    bundles,
    runtime: join(paths.run, 'runc'),
    exits: join(paths.run, 'exits'),
    views: join(paths.run, 'views'),
    layers: join(paths.run, 'layers'),
    roots: join(paths.run, 'roots'),
    home: (id) => join(state, id),
    root: (id) => join(state, id, 'rootfs'),
    bundle: (id) => join(bundles, id),
    logFile: (id) => join(state, id, 'container.log'),
  };
}
