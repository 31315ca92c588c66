import { endianness } from 'node:os';
import { systemCall } from './system-call.ts';

/** A path of the file system; names that are not UTF-8 need the bytes. */
type Path = string | Buffer;

const setxattrCall = systemCall(
  'setxattr',
  'int setxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
);
const utimensat = systemCall('utimensat', 'int utimensat(int directory, const void *path, const void *times, int flags)');
const mknodCall = systemCall('mknod', 'int mknod(const void *path, unsigned int mode, unsigned long device)');

/** AT_FDCWD and UTIME_NOW: fcntl.h, sys/stat.h */
const currentDirectory = -100;
const now = (1n << 30n) - 1n;

/** Sets an extended attribute; its name is bytes in latin1. Links are followed, also those of `/proc/self/fd`. */
export function setxattr(path: Path, name: string, value: Buffer): void {
  setxattrCall(terminated(path), Buffer.from(`${name}\0`, 'latin1'), value, value.length, 0);
}

/** Sets when a file was changed, in nanoseconds since 1970; it is read now. Links are followed. */
export function setModified(path: Path, nanoseconds: bigint): void {
  const second = 1_000_000_000n;
  const fraction = ((nanoseconds % second) + second) % second;
  const times = [0n, now, (nanoseconds - fraction) / second, fraction];
  const bytes = Buffer.alloc(32);
  for (const [index, value] of times.entries()) {
    if (endianness() === 'LE') bytes.writeBigInt64LE(value, index * 8);
    else bytes.writeBigInt64BE(value, index * 8);
  }
  utimensat(currentDirectory, terminated(path), bytes, 0);
}

/** Makes a device, fifo or socket; `mode` has the type too. */
export function mknod(path: Path, mode: number, device: { major: number; minor: number } = { major: 0, minor: 0 }): void {
  mknodCall(terminated(path), mode, encodeDevice(device));
}

/** makedev(3) */
function encodeDevice({ major, minor }: { major: number; minor: number }): bigint {
  const [high, low] = [BigInt(major), BigInt(minor)];
  return ((high & 0xfffff000n) << 32n) | ((high & 0xfffn) << 8n) | ((low & 0xffffff00n) << 12n) | (low & 0xffn);
}

const nul = Buffer.alloc(1);

const terminated = (path: Path): Buffer => Buffer.concat([Buffer.from(path as string), nul]);
