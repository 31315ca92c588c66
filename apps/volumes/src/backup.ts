import { closeSync, constants, openSync } from 'node:fs';
import { aborted } from '@arcbox/errors';
import { treeItems, writeTar } from '@arcbox/tar';
import { isForeign } from './options.ts';
import { readForeign } from './read-foreign.ts';
import { findVolume, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

/**
 * What a volume holds as a plain tar archive, also while containers write to it.
 * A chunk is valid until the next is asked for. ABORTED when the volume is
 * removed meanwhile.
 */
export async function* backupVolume(
  { volumes, tree }: { volumes: Volumes; tree: VolumeTree },
  name: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  const { created, options } = findVolume(volumes, name);
  const directory = tree.mountpoint(name);
  yield* isForeign(options) ? readForeign(directory, signal) : readOwn(directory, signal);
  const now = volumes.get(name);
  if (!now || now.removing || now.created !== created) throw aborted(`volume ${name} was removed while it was read`);
}

/** A directory on a disk of this host as a plain tar archive, without the holes of sparse files; a chunk is valid until the next is asked for. */
export async function* readOwn(directory: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const root = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for await (const chunk of writeTar(treeItems(`/proc/self/fd/${root}/.`, { sparse: true, lists: true }), { isChanging: true })) {
      signal.throwIfAborted();
      yield chunk;
    }
  } finally {
    closeSync(root);
  }
}
