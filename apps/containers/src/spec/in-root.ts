import { closeSync, fstatSync, readFileSync } from 'node:fs';
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
    return stat.isFile() && stat.size <= maxFile ? readFileSync(`/proc/self/fd/${found}`, 'utf8') : undefined;
  } finally {
    closeSync(found);
  }
}
