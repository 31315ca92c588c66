import { endianness } from 'node:os';
import { isMounted } from './mount.ts';
import { systemCall } from './system-call.ts';

/** statx(2) */
const currentDirectory = -100;
/** AT_SYMLINK_NOFOLLOW and AT_NO_AUTOMOUNT */
const asItIs = 0x100 | 0x800;
const length = 256;
/** Where stx_attributes and stx_attributes_mask are, and the bit of both that tells of mounts. */
const [attributes, known, mountRoot] = [8, 56, 0x2000n];

const call = systemCall('statx', 'int statx(int directory, const char *path, int flags, unsigned int mask, void *result)');

/**
 * Whether something is mounted at a path, without reading of all mounts of the host: that
 * takes the longer the more containers run. Asks what is mounted there: not for places where
 * that may be a server that does not answer.
 */
export function isMountRoot(path: string): boolean {
  const result = Buffer.alloc(length);
  try {
    call(currentDirectory, path, asItIs, 0, result);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  const read = (at: number): bigint => (endianness() === 'LE' ? result.readBigUInt64LE(at) : result.readBigUInt64BE(at));
  // Before Linux 5.8 the kernel does not say.
  return read(known) & mountRoot ? (read(attributes) & mountRoot) !== 0n : isMounted(path);
}
