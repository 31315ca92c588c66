import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cloneMounts, handleOnly, isMounted, mount, MountFlag, unmount } from '@arcbox/linux';
import { isAlive, processIdentity } from '@arcbox/store';
import type { Container, RootMount } from '../container.ts';
import type { Places } from '../places.ts';
import { mountRoot } from '../root.ts';
import { engineFiles } from '../spec/mounts.ts';
import { type Bound, hasMountPoint, makeMountPoint, mountAt } from './mount-point.ts';

/** All files of a container as it sees them, without what only lives while it runs: tmpfs, /proc, /sys, /dev. */
export interface View extends Disposable {
  /** Descriptor of the root. */
  readonly root: number;
}

export type ViewPlaces = Pick<Places, 'views' | 'root' | 'home'>;

/**
 * Puts the root of a container together with its volumes and binds, out of
 * everybody's sight: the mounts go with the descriptor, or with this process. The
 * caller holds the container's lease; for writing to one that has no root mounted,
 * until the view is closed.
 */
export function openView(places: ViewPlaces, container: Container, { writable }: { writable: boolean }): View {
  try {
    return assemble(places, container, writable);
  } catch (error) {
    if (!(error instanceof NoMountPoint)) throw error;
    // It was never started. What is made once stays, as at a start.
    assemble(places, container, true)[Symbol.dispose]();
    return assemble(places, container, writable);
  }
}

/** Takes away what workers have left that were killed just when they put a view together. */
export function removeOldViews({ views }: ViewPlaces): void {
  for (const name of readdirSync(views)) {
    if (isAlive(name)) continue;
    const path = join(views, name);
    while (isMounted(path)) unmount(path);
    rmdirSync(path);
  }
}

const readOnly = MountFlag.bind | MountFlag.remount | MountFlag.readonly;

class NoMountPoint extends Error {}

/** Takes no pause: nobody else uses the directory meanwhile. */
function assemble(places: ViewPlaces, container: Container, writable: boolean): View {
  const target = join(places.views, processIdentity() ?? '');
  mkdirSync(target, { recursive: true, mode: 0o700 });
  try {
    mountFiles(places, container, target, writable);
    const tree = cloneMounts(target);
    return { root: tree, [Symbol.dispose]: () => closeSync(tree) };
  } finally {
    unmount(target);
    rmdirSync(target);
  }
}

function mountFiles(places: ViewPlaces, container: Container, target: string, writable: boolean): void {
  const present = places.root(container.id);
  const isPresent = isMounted(present);
  if (isPresent) mount({ type: 'none', source: present, target, flags: MountFlag.bind });
  else mountRoot(target, rootAt(container.config.root, { present, target, writable }));
  mount({ type: 'none', source: 'none', target, flags: MountFlag.private | MountFlag.recursive });
  const root = openSync(target, handleOnly | constants.O_DIRECTORY);
  try {
    for (const bound of boundIn(places, container)) {
      if (!hasMountPoint(root, bound)) {
        if (!isPresent && !writable) throw new NoMountPoint();
        makeMountPoint(root, bound);
      }
      mountAt(root, bound);
    }
    if (container.config.security?.readOnly) mount({ type: 'none', source: 'none', target, flags: readOnly });
  } finally {
    closeSync(root);
  }
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

/** What was written is the topmost of the lower directories. */
export function readOnlyOptions(options: readonly string[]): string[] {
  const upper = valueOf(options, 'upperdir');
  const others = options.filter((option) => !/^(?:lowerdir|upperdir|workdir)=/.test(option));
  return [`lowerdir=${upper}:${valueOf(options, 'lowerdir')}`, 'ro', ...others];
}

export function valueOf(options: readonly string[], name: string): string {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
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
