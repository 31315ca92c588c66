import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { systemCall } from '@arcbox/linux';

/** openat2(2); the same number on every architecture. */
const openat2 = 437;
const resolveInRoot = 0x10;
const resolveNoMagiclinks = 0x02;

const call = systemCall('syscall', 'long syscall(long number, int directory, const char *path, void *how, size_t size)');

/** Files that are read whole are not larger than this; bytes. */
const maxFile = 8 * 1024 * 1024;

/**
 * Opens `path` as a process with `root` as its root would: links, also absolute
 * ones and `..`, never lead out of it. The caller closes the descriptor. Throws
 * ENOENT and the like.
 */
export function openInRoot(root: string, path: string, flags: number = constants.O_RDONLY): number {
  const directory = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return call(openat2, directory, path, openHow(flags), 24);
  } finally {
    closeSync(directory);
  }
}

/** Text of a regular file inside `root`; undefined when there is none. */
export function readInRoot(root: string, path: string): string | undefined {
  let found: number;
  try {
    // Only looked at: opening a fifo of the image would block us, and opening a device has effects of its own.
    found = openInRoot(root, path, pathOnly);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(found);
    return stat.isFile() && stat.size <= maxFile ? readFileSync(`/proc/self/fd/${found}`, 'utf8') : undefined;
  } finally {
    closeSync(found);
  }
}

/** struct open_how: flags, mode, resolve; 64 bits each. */
function openHow(flags: number): Buffer {
  const how = Buffer.alloc(24);
  const write = (value: number, offset: number): unknown =>
    endianness() === 'LE' ? how.writeBigUInt64LE(BigInt(value), offset) : how.writeBigUInt64BE(BigInt(value), offset);
  write(flags | closeOnExec, 0);
  write(resolveInRoot | resolveNoMagiclinks, 16);
  return how;
}

/** O_CLOEXEC and O_PATH, which Node does not name. */
const closeOnExec = 0o2000000;
const pathOnly = 0o10000000;
