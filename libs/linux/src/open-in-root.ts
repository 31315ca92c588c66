import { closeSync, constants, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { systemCall } from './system-call.ts';

/** openat2(2); the same number on every architecture. */
const openat2 = 437;
const resolveInRoot = 0x10;
const resolveNoMagiclinks = 0x02;

const call = systemCall('syscall', 'long syscall(long number, int directory, const void *path, void *how, size_t size)');

/** O_CLOEXEC, which Node does not name. */
const closeOnExec = 0o2000000;

/** O_PATH: a handle that reads and writes nothing; devices and fifos do not notice. */
export const handleOnly = 0o10000000;

/**
 * Opens `path` as a process with `root` as its root would: links, also absolute
 * ones and `..`, never lead out of it. `root` is a path, or a descriptor that
 * stays the caller's, who closes the one that is returned. Throws ENOENT and the
 * like.
 */
export function openInRoot(root: string | number, path: string | Buffer, flags: number = constants.O_RDONLY): number {
  const name = Buffer.concat([Buffer.from(path as string), Buffer.alloc(1)]);
  if (typeof root === 'number') return open(root, name, flags);
  const directory = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return open(directory, name, flags);
  } finally {
    closeSync(directory);
  }
}

function open(directory: number, name: Buffer, flags: number): number {
  for (let attempt = 0; ; attempt++) {
    try {
      return call(openat2, directory, name, openHow(flags), 24);
    } catch (error) {
      // Somebody renames directories just now, and the kernel could not be sure that `..` stays inside.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || attempt === mostAttempts) throw error;
    }
  }
}

const mostAttempts = 1000;

/** struct open_how: flags, mode, resolve; 64 bits each. */
function openHow(flags: number): Buffer {
  const how = Buffer.alloc(24);
  const write = (value: number, offset: number): unknown =>
    endianness() === 'LE' ? how.writeBigUInt64LE(BigInt(value), offset) : how.writeBigUInt64BE(BigInt(value), offset);
  write(flags | closeOnExec, 0);
  write(resolveInRoot | resolveNoMagiclinks, 16);
  return how;
}
