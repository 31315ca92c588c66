import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { failedPrecondition, notFound } from '@arcbox/errors';
import { handleOnly, openInRoot } from '@arcbox/linux';
import { formatNano } from '../record/time.ts';
import type { Files } from './open-files.ts';
import { followLinks, nameOf, splitPath } from './path.ts';

/** A file of a container. */
export interface PathStat {
  /** Last part of its path. */
  readonly name: string;
  readonly size: bigint;
  /** As in st_mode. */
  readonly mode: number;
  /** RFC 3339 with nanoseconds. */
  readonly modified: string;
  /** For a link: the absolute path in the container that it leads to. */
  readonly linkTarget: string;
}

/** A file that was found, and that stays the same whatever becomes of its name. */
export interface FoundFile extends Disposable {
  readonly info: BigIntStats;
  readonly stat: PathStat;
  /** Descriptor that is no more than a handle. */
  readonly handle: number;
  /** A path to it by its name, for calls that do not follow links. */
  readonly path: string;
}

/** Looks a clean path up; the file itself, not what it links to. NOT_FOUND when there is none. */
export function findFile({ root, container }: Files, path: string): FoundFile {
  const { directory, base } = splitPath(path);
  using stack = new DisposableStack();
  const open = (opening: () => number): number => {
    const handle = explain(opening, path, container.name);
    stack.defer(() => closeSync(handle));
    return handle;
  };
  const parent = open(() => openInRoot(root, directory, handleOnly | constants.O_DIRECTORY));
  const isParent = base === '' || base === '.';
  const byName = `/proc/self/fd/${parent}/${base}`;
  const handle = isParent ? parent : open(() => openSync(byName, handleOnly | constants.O_NOFOLLOW));
  const info = fstatSync(handle, { bigint: true });
  const stat = {
    name: nameOf(path),
    size: info.size,
    mode: Number(info.mode),
    modified: formatNano(info.mtimeNs),
    linkTarget: info.isSymbolicLink() ? followLinks(root, path) : '',
  };
  const kept = stack.move();
  return { info, stat, handle, path: byName, [Symbol.dispose]: () => kept.dispose() };
}

/** A handle of the directory that a clean path leads to, the last link followed; the caller closes it. */
export function findDirectory({ root, container }: Files, path: string): number {
  return explain(() => openInRoot(root, path, handleOnly | constants.O_DIRECTORY), path, container.name);
}

function explain(opening: () => number, path: string, name: string): number {
  try {
    return opening();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw notFound(`could not find the file ${path} in container ${name}`, error);
    if (code === 'ENOTDIR') throw failedPrecondition(`${path} in container ${name} is not a directory`, error);
    if (code === 'ELOOP') throw failedPrecondition(`${path} in container ${name}: too many symbolic links`, error);
    throw error;
  }
}
