import { chownSync, closeSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import { handleOnly, mount, MountFlag, openInRoot } from '@arcbox/linux';
import { OpenParents } from '@arcbox/tar';
import type { Owner } from '../userns/id-maps.ts';
import { mountMapped } from '../userns/mapped-files.ts';

/** Something of the host that a container has at a path. */
export interface Bound {
  /** Path on the host. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readonly: boolean;
  /** Directory below the source that is meant instead of it. */
  readonly subpath?: string;
  /** Name of the volume that it is. */
  readonly volume?: string;
}

/** Whether there is something to mount at; links that lead nowhere are nothing. */
export function hasMountPoint(root: number, { target }: Bound): boolean {
  try {
    closeSync(openInRoot(root, target, handleOnly));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Makes an empty file or directory to mount at, as the runtime does at a start. It belongs to `owner`. */
export function makeMountPoint(root: number, { source, target }: Bound, owner: Owner): void {
  using parents = new OpenParents(root, '', owner);
  const path = parents.pathTo(Buffer.from(target.slice(1)).toString('latin1'));
  if (isDirectory(source)) mkdirSync(path, { mode: 0o755 });
  else writeFileSync(path, '', { flag: 'wx', mode: 0o644 });
  chownSync(path, owner.uid, owner.gid);
}

/**
 * Mounts it where it belongs, inside of the root; a volume with `owners`, if they are given (`openFileOwners`).
 * Nothing that happens to it there is seen where it comes from.
 */
export function mountAt(root: number, { source, subpath = '.', target, readonly, volume }: Bound, owners?: number): void {
  const flags = MountFlag.bind | MountFlag.recursive;
  const bindFrom = (from: string): void =>
    onPath(root, target, (path) => {
      if (owners === undefined || volume === undefined) mount({ type: 'none', source: from, target: path, flags });
      else mountMapped(from, path, { owners, what: `volume ${volume}` });
    });
  if (isDirectory(source)) onPath(source, subpath, bindFrom);
  else bindFrom(source);
  onPath(root, target, (path) => {
    mount({ type: 'none', source: 'none', target: path, flags: MountFlag.private | MountFlag.recursive });
    const flags = MountFlag.bind | MountFlag.remount | MountFlag.readonly;
    if (readonly) mount({ type: 'none', source: 'none', target: path, flags });
  });
}

/** `use` gets a path to what is at `target` now, which links cannot change. */
function onPath(root: number | string, target: string, use: (path: string) => void): void {
  const handle = openInRoot(root, target, handleOnly);
  try {
    use(`/proc/self/fd/${handle}`);
  } finally {
    closeSync(handle);
  }
}

function isDirectory(source: string): boolean {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) throw failedPrecondition(`what is mounted in the container is gone: ${source}`);
  return stat.isDirectory();
}
