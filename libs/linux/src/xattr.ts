import { systemCall } from './system-call.ts';

/** A path of the file system; names that are not UTF-8 need the bytes. */
type Path = string | Buffer;

const llistxattrCall = systemCall('llistxattr', 'long llistxattr(const void *path, void *list, size_t size)');
const lgetxattrCall = systemCall(
  'lgetxattr',
  'long lgetxattr(const void *path, const void *name, void *value, size_t size)',
);

/** The most that Linux gives for a list of names, and for one value: limits.h, XATTR_LIST_MAX and XATTR_SIZE_MAX. */
const maxSize = 65536;

/** Where the kernel writes to; what is returned is copied out of it. */
const scratch = Buffer.allocUnsafeSlow(maxSize);

/**
 * Names of the extended attributes of a file, bytes as latin1, sorted; of a
 * link itself, not of what it points at. None where the file system has none.
 */
export function llistxattr(path: Path): string[] {
  const length = call(() => llistxattrCall(terminated(path), scratch, maxSize));
  if (length === undefined || length === 0) return [];
  return scratch
    .toString('latin1', 0, length - 1)
    .split('\0')
    .sort();
}

/** Value of an extended attribute whose name is given as bytes in latin1; undefined when there is none. */
export function lgetxattr(path: Path, name: string): Buffer | undefined {
  const length = call(() => lgetxattrCall(terminated(path), Buffer.from(`${name}\0`, 'latin1'), scratch, maxSize));
  return length === undefined ? undefined : Buffer.from(scratch.subarray(0, length));
}

function call(systemCall: () => number): number | undefined {
  try {
    return systemCall();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENODATA' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') return undefined;
    throw error;
  }
}

const nul = Buffer.alloc(1);

function terminated(path: Path): Buffer {
  return Buffer.concat([Buffer.from(path as string), nul]);
}
