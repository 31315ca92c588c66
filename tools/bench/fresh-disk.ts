import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Room for every engine's copy of the images; the file is sparse. */
const size = 24 * 2 ** 30;

/**
 * A new ext4 in a file, so that nobody pays for what was on the disk before: where deletions are discarded at once,
 * removing one engine's image slows the next one's pull. Disposing unmounts and removes it.
 */
export function mountFreshDisk(directory: string): Disposable & { readonly path: string } {
  const file = join(directory, 'disk');
  const path = join(directory, 'fs');
  writeFileSync(file, '');
  truncateSync(file, size);
  execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', file]);
  mkdirSync(path);
  execFileSync('mount', ['-o', 'loop,nodiscard', file, path]);
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path]);
      rmSync(file, { force: true });
    },
  };
}

/** A file system in memory, as engines have for what is only of use until the next boot: /run. Disposing unmounts it. */
export function mountMemory(path: string): Disposable {
  mkdirSync(path, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=0755', 'tmpfs', path]);
  return { [Symbol.dispose]: () => execFileSync('umount', ['-l', path]) };
}
