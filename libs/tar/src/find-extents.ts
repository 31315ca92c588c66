import { systemCall } from '@arcbox/linux';
import type { Extent } from './layer-entry.ts';
import { maxExtents } from './sparse-map.ts';

const lseek = systemCall('lseek', 'int64_t lseek(int fd, int64_t offset, int whence)');

/** lseek(2): SEEK_DATA and SEEK_HOLE. */
const [seekData, seekHole] = [3, 4];

/** Smaller holes are written as zeros: a place in the map takes about as much; bytes. */
const smallestHole = 4096;

/**
 * The parts of an open file that are on the disk, in order, none beyond `size`.
 * Where there are more than a map can hold, the smaller holes count as data.
 */
export function findExtents(descriptor: number, size: number, most = maxExtents / 2): Extent[] {
  const extents: Extent[] = [];
  let least = smallestHole;
  for (let at = seek(descriptor, 0, seekData, size); at < size; ) {
    const end = Math.min(seek(descriptor, at, seekHole, size), size);
    append(extents, { offset: at, length: end - at }, least);
    for (; extents.length > most; least *= 2) merge(extents, least * 2);
    at = seek(descriptor, end, seekData, size);
  }
  return extents;
}

function append(extents: Extent[], next: Extent, least: number): void {
  const last = extents.at(-1);
  if (!last || next.offset - last.offset - last.length >= least) extents.push(next);
  else extents[extents.length - 1] = { offset: last.offset, length: next.offset + next.length - last.offset };
}

function merge(extents: Extent[], least: number): void {
  for (const extent of extents.splice(0)) append(extents, extent, least);
}

/** Beyond the last data there is none. */
function seek(descriptor: number, offset: number, whence: number, size: number): number {
  try {
    return lseek(descriptor, offset, whence);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return size;
    throw error;
  }
}
