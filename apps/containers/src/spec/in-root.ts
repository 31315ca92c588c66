import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { handleOnly, openInRoot } from '@arcbox/linux';

/** Files that are read whole are not larger than this; bytes. */
const maxFile = 8 * 1024 * 1024;

/** Text of a regular file inside `root`; undefined when there is none. */
export function readInRoot(root: string, path: string): string | undefined {
  let found: number;
  try {
    // Only looked at: opening a fifo of the image would block us, and opening a device has effects of its own.
    found = openInRoot(root, path, handleOnly);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(found);
    return stat.isFile() && stat.size <= maxFile ? readStart(`/proc/self/fd/${found}`, stat.size) : undefined;
  } finally {
    closeSync(found);
  }
}

/** So many bytes and no more: a container may make its file larger, by any amount, while we read. */
export function readStart(path: string, size: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(size);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < size; filled += read) read = readSync(file, bytes, filled, size - filled, filled);
    return bytes.toString('utf8', 0, filled);
  } finally {
    closeSync(file);
  }
}
