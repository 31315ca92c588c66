import { execFile } from 'node:child_process';
import { closeSync, constants, fstatSync, lstatSync, opendirSync, openSync, rmdirSync, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A tree of millions of files may take this long; milliseconds. */
const deadline = 60 * 60_000;

/** What most containers have written is no more than this: it is removed here, in the time that a process takes to start. */
const few = 64;

/** Removes a tree of any size without following links or entering mounts. What is not there is fine. */
export async function removeTree(...paths: string[]): Promise<void> {
  const left = paths.filter((path) => !removeFew(path));
  if (left.length === 0) return;
  await run('rm', ['-rf', '--one-file-system', '--', ...left], { timeout: deadline });
}

/** False when something is left: there are more files, something is mounted among them, or one refuses to go. */
function removeFew(path: string): boolean {
  const top = lstatSync(path, { throwIfNoEntry: false });
  if (!top) return true;
  const budget = { device: top.dev, files: few };
  try {
    return removeEntry(Buffer.from(path), budget);
  } catch {
    return false;
  }
}

interface Budget {
  readonly device: number;
  files: number;
}

function removeEntry(path: Buffer, budget: Budget): boolean {
  if (budget.files-- === 0) return false;
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
  }
  if (!empty(path, budget)) return false;
  rmdirSync(path);
  return true;
}

/** By the open directory: whoever puts a link in its place meanwhile leads nowhere. */
function empty(path: Buffer, budget: Budget): boolean {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (fstatSync(descriptor).dev !== budget.device) return false;
    const inside = `/proc/self/fd/${descriptor}/`;
    using directory = opendirSync(inside, { encoding: 'latin1' });
    for (let entry = directory.readSync(); entry; entry = directory.readSync()) {
      if (!removeEntry(Buffer.from(`${inside}${entry.name}`, 'latin1'), budget)) return false;
    }
    return true;
  } finally {
    closeSync(descriptor);
  }
}
