import { closeSync, constants, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

/**
 * Deletes a file, or a directory with all that is in it. It is reached through
 * open directories only: links that somebody puts in the way meanwhile are
 * deleted, not followed. One that is not there is fine.
 */
export function removeTree(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    removeDirectory(path);
  }
}

function removeDirectory(path: Buffer): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const inside = `/proc/self/fd/${descriptor}`;
    for (const name of readdirSync(inside, { encoding: 'buffer' })) removeTree(Buffer.concat([Buffer.from(`${inside}/`), name]));
  } finally {
    closeSync(descriptor);
  }
  rmdirSync(path);
}
