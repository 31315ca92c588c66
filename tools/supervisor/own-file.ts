import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/**
 * Files of the supervisor in the run directory. Unprivileged workers may write to that directory, so a name in it may
 * have become a link to anything or a file of theirs: nothing is written through a link, and only what we wrote is read.
 */

const uid = process.getuid?.() ?? 0;

/** Writes a file, replacing whatever has its name; `group` may read it, if given, and nobody else. */
export function writeOwn(path: string, content: string, options: { mode: number; group?: number }): void {
  const draft = `${path}.new`;
  rmSync(draft, { force: true, recursive: true });
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeFileSync(descriptor, content);
    if (options.group !== undefined) fchownSync(descriptor, uid, options.group);
    fchmodSync(descriptor, options.mode);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
}

/** Content of a file of ours, undefined when there is none. */
export function readOwn(path: string): string | undefined {
  try {
    const descriptor = openOwn(path, constants.O_RDONLY);
    try {
      return readFileSync(descriptor, 'utf8').trim();
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** Opens a regular file of ours; with O_CREAT makes it. Throws when the name belongs to somebody else. */
export function openOwn(path: string, flags: number): number {
  const descriptor = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
  const found = fstatSync(descriptor);
  if (found.isFile() && found.uid === uid) return descriptor;
  closeSync(descriptor);
  throw new Error(`not a file of this user: ${path}`);
}

/** Makes a directory of ours, unless it is there. Throws when the name belongs to somebody else. */
export function makeOwnDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== uid) throw new Error(`not a directory of this user: ${path}`);
}
