import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { handleOnly, isMounted, mount, MountFlag } from '@arcbox/linux';
import type { RootMount } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import type { Places } from '../record/places.ts';
import { mountRoot } from '../start/root.ts';
import { engineFiles } from '../spec/mounts.ts';
import { detach, keepApart, type View } from './detach.ts';
import { type Bound, hasMountPoint, makeMountPoint, mountAt } from './mount-point.ts';
import { readOnlyOptions } from './overlay-options.ts';
import { rootOf } from '../userns/id-maps.ts';
import { mountMappedRoot } from '../userns/mapped-files.ts';

export type ViewPlaces = Pick<Places, 'views' | 'layers' | 'root' | 'home'>;

export interface ViewOptions {
  readonly writable: boolean;
  /** Descriptor of what gives files the ids of the container, if it has its own: `openFileOwners`. */
  readonly owners?: number | undefined;
}

/**
 * All files of a container as it sees them, without what only lives while it
 * runs: tmpfs, /proc, /sys, /dev. The caller holds the container's lease; for
 * writing to one that has no root mounted, until the view is closed.
 */
export function openView(places: ViewPlaces, container: Container, { writable, owners }: ViewOptions): View {
  const open = (access: boolean): View => detach(places.views, (target) => mountFiles(places, container, target, { writable: access, owners }));
  try {
    return open(writable);
  } catch (error) {
    if (!(error instanceof NoMountPoint)) throw error;
    // It was never started. What is made once stays, as at a start.
    open(true)[Symbol.dispose]();
    return open(writable);
  }
}

class NoMountPoint extends Error {}

function mountFiles(places: ViewPlaces, container: Container, target: string, { writable, owners }: ViewOptions): void {
  const present = places.root(container.id);
  const isPresent = isMounted(present);
  const elsewhere = rootAt(container.config.root, { present, target, writable });
  if (isPresent) mount({ type: 'none', source: present, target, flags: MountFlag.bind });
  else if (owners === undefined) mountRoot(target, elsewhere);
  else mountMappedRoot(places, target, elsewhere, owners);
  keepApart(target);
  const root = openSync(target, handleOnly | constants.O_DIRECTORY);
  try {
    for (const bound of boundIn(places, container)) {
      if (!hasMountPoint(root, bound)) {
        if (!isPresent && !writable) throw new NoMountPoint();
        makeMountPoint(root, bound, rootOf(container.config.ids));
      }
      mountAt(root, bound, owners);
    }
  } finally {
    closeSync(root);
  }
  const flags = MountFlag.bind | MountFlag.remount | MountFlag.readonly;
  if (container.config.security?.readOnly) mount({ type: 'none', source: 'none', target, flags });
}

/** The mounts of a root elsewhere. One that is only read leaves the writable part to whoever starts the container. */
function rootAt(
  mounts: readonly RootMount[],
  { present, target, writable }: { present: string; target: string; writable: boolean },
): RootMount[] {
  return mounts.map((one) => {
    const options = one.type === 'overlay' && !writable ? readOnlyOptions(one.options) : one.options;
    return { ...one, options, target: one.target === present ? target : one.target };
  });
}

/** What is mounted in the root, parents first. */
function boundIn({ home }: ViewPlaces, { id, config }: Container): Bound[] {
  const given = config.mounts.filter(({ type }) => type !== 'tmpfs');
  const taken = new Set(config.mounts.map(({ target }) => target));
  const readonly = config.security?.readOnly ?? false;
  const files = engineFiles
    .map((name) => ({ source: join(home(id), name), target: `/etc/${name}`, readonly }))
    .filter(({ source, target }) => !taken.has(target) && existsSync(source));
  const depth = ({ target }: Bound): number => target.split('/').length;
  return [...files, ...given].sort((a, b) => depth(a) - depth(b));
}
