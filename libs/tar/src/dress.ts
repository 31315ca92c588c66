import { chmodSync, chownSync, fstatSync } from 'node:fs';
import { setModified, setxattr } from '@arcbox/linux';
import { fileCapability, givenByRoot } from './file-capability.ts';
import type { LayerEntry } from './layer-entry.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Who a file is to belong to, and whoever is root there. */
export interface Owners {
  readonly file: Owner;
  readonly root: Owner;
}

/**
 * Gives a file the owner, mode, attributes and time of an entry. It is reached
 * by its handle, whatever has taken its name meanwhile.
 */
export function dress(handle: number, entry: LayerEntry, { file, root }: Owners): void {
  const path = `/proc/self/fd/${handle}`;
  // First: it takes set-user-id bits and capabilities away.
  chownSync(path, file.uid, file.gid);
  if (!fstatSync(handle).isSymbolicLink()) chmodSync(path, entry.mode & 0o7777);
  for (const [name, value] of entry.xattrs) setAttribute(path, name, name === fileCapability ? givenByRoot(value, root.uid) : value);
  setModified(path, toNanoseconds(entry));
}

/** A file system may have none: tmpfs has no `user.*` on kernels before 6.6. */
export function setAttribute(path: string, name: string, value: string): void {
  try {
    setxattr(path, name, Buffer.from(value, 'latin1'));
  } catch (error) {
    if (!['ENOTSUP', 'EOPNOTSUPP', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** When the file was changed, since 1970. */
export function toNanoseconds({ mtime, exactMtime }: LayerEntry): bigint {
  const second = 1_000_000_000n;
  if (exactMtime === undefined) return BigInt(Math.trunc(mtime)) * second;
  const [whole = '0', fraction = ''] = exactMtime.replace(/^-/, '').split('.');
  const size = BigInt(whole) * second + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  return exactMtime.startsWith('-') ? -size : size;
}
