import { chmodSync, chownSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { isMounted, mount, MountFlag, unmount } from '@arcbox/linux';
import type { Places } from '../record/places.ts';
import { type IdMaps, rootOf } from './id-maps.ts';

type RootPlaces = Pick<Places, 'roots' | 'root'>;

/**
 * Shows the mounted root of a container where its own root may go, who has no
 * way into the engine's directories, and nobody else. Returns that place.
 */
export function showRoot(places: RootPlaces, id: string, ids: IdMaps): string {
  const { directory, target } = placeOf(places, id);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  chownSync(directory, 0, rootOf(ids).gid);
  chmodSync(directory, 0o710);
  if (!isMounted(target)) mount({ type: 'none', source: places.root(id), target, flags: MountFlag.bind });
  return target;
}

/** Undoes that; what is not shown is fine. */
export function hideRoot(places: RootPlaces, id: string): void {
  const { directory, target } = placeOf(places, id);
  unmount(target);
  for (const path of [target, directory]) removeEmpty(path);
}

function placeOf({ roots }: Pick<Places, 'roots'>, id: string): { directory: string; target: string } {
  const directory = join(roots, id);
  return { directory, target: join(directory, 'rootfs') };
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
