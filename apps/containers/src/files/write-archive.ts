import { accessSync, closeSync, constants, fstatSync } from 'node:fs';
import { deadlineExceeded, failedPrecondition, invalidArgument } from '@arcbox/errors';
import { comingInTime } from '@arcbox/stream';
import { cleanName, decompress, OpenParents, readTar, removeTree, unpackTree } from '@arcbox/tar';
import { findDirectory } from './find-file.ts';
import { type Files, type FilesDeps, openFiles } from './open-files.ts';
import { cleanPath } from './path.ts';
import type { Container } from '../record/container.ts';
import { outside, type Owner, root } from '../userns/id-maps.ts';

export interface ArchiveTarget {
  /** Directory in the container; it must exist. */
  readonly path: string;
  /** A directory never takes the place of something else, nor the other way round. */
  readonly keepKinds: boolean;
  /** Keep the owners of the archive instead of giving all to root. */
  readonly keepOwners: boolean;
  /** Names in the directory that are removed before anything is unpacked. */
  readonly remove: readonly string[];
}

/** Until the next piece has to come; milliseconds. Nobody can start or remove the container meanwhile. */
const usualPatience = 60_000;

/**
 * Unpacks a tar archive, plain or compressed, into a directory of a container.
 * FAILED_PRECONDITION where nothing can be written. What was unpacked before a
 * failure stays.
 */
export async function writeArchive(
  deps: FilesDeps,
  reference: string,
  target: ArchiveTarget,
  archive: AsyncIterable<Buffer>,
  signal: AbortSignal,
  milliseconds = usualPatience,
): Promise<void> {
  const directory = cleanPath(target.path);
  using files = await openFiles(deps, reference, { writable: true }, signal);
  requireWritable(files, directory);
  const options = { directory, keepKinds: target.keepKinds, ownerOf: ownersIn(files.container, target) };
  const late = (): Error => deadlineExceeded('the archive does not go on: no piece of it has come for some time');
  removeNames(files.root, directory, target.remove);
  await unpackTree(files.root, readTar(decompress(comingInTime(archive, { milliseconds, late }))), options, signal);
}

/** Neither they nor their parents need to be there. */
function removeNames(root: number, directory: string, names: readonly string[]): void {
  using parents = new OpenParents(root, directory);
  for (const name of names) {
    const clean = cleanName(Buffer.from(name).toString('latin1'));
    if (clean === '') throw invalidArgument(`not a name in the directory: ${JSON.stringify(name)}`);
    try {
      removeTree(parents.pathOf(clean));
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}

/** Who files belong to; FAILED_PRECONDITION names one whom the container does not know. */
function ownersIn({ name, config }: Container, { keepOwners }: ArchiveTarget): (said: Owner) => Owner {
  return (said) => {
    const { uid, gid } = keepOwners ? said : root;
    const owner = config.ids ? outside(config.ids, { uid, gid }) : { uid, gid };
    if (!owner) throw failedPrecondition(`container ${name} has no such owner in its user namespace: ${uid}:${gid}`);
    return owner;
  };
}

function requireWritable(files: Files, path: string): void {
  const handle = findDirectory(files, path);
  try {
    accessSync(`/proc/self/fd/${handle}`, constants.W_OK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EROFS') throw error;
    const isRoot = fstatSync(handle).dev === fstatSync(files.root).dev;
    throw failedPrecondition(isRoot ? 'container rootfs is marked read-only' : 'mounted volume is marked read-only', error);
  } finally {
    closeSync(handle);
  }
}
