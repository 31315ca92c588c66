import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { bytesOf, pathOf } from './byte-name.ts';
import { lookAt, resolveInRoot } from './resolve-in-root.ts';

/** Files that are read whole are written by hand, or lists of users; bytes. */
const maxFile = 8 * 1024 * 1024;

/** The text of a regular file in a root or a context, links followed inside it; undefined when there is none. */
export function readInRoot(root: string, path: string): string | undefined {
  const name = resolveInRoot(root, bytesOf(path), { followLast: true });
  const stat = lookAt(root, name);
  if (!stat?.isFile()) return undefined;
  if (stat.size > maxFile) throw invalidArgument(`${path} is larger than ${maxFile} bytes`);
  const descriptor = openSync(pathOf(root, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
