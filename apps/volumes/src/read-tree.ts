import { invalidArgument, notFound } from '@arcbox/errors';
import { readOwn } from './backup.ts';
import { findOnHost, type OwnPlaces } from './host-path.ts';

/** A directory of the host, as it is when somebody begins to read it. */
export interface HostTree {
  /** Permission bits. */
  readonly mode: number;
  /** Unix nanoseconds. */
  readonly modified: bigint;
  /** What it holds as a plain tar archive; a chunk is valid until the next is asked for. */
  read(signal: AbortSignal): AsyncIterable<Buffer>;
}

/** NOT_FOUND when there is none; PERMISSION_DENIED for the engine's own, INVALID_ARGUMENT for what is no directory. */
export function openHostTree(path: string, own: OwnPlaces): HostTree {
  try {
    const { path: found, stat } = findOnHost(path, own);
    if (!stat.isDirectory()) throw invalidArgument(`not a directory: ${path}`);
    return { mode: Number(stat.mode & 0o7777n), modified: stat.mtimeNs, read: (signal) => readOwn(found, signal) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT' || code === 'ENOTDIR' ? notFound(`no directory ${path}`, error) : error;
  }
}
