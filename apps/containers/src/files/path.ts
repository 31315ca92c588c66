import { closeSync, constants, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { handleOnly, openInRoot } from '@arcbox/linux';

/** As many links as Linux follows, and some more. */
const mostLinks = 255;

/**
 * A path of a container, absolute and without `..`, which is taken away by its
 * letters as Docker does. A `/` or `/.` at the end stays: it means what a link
 * leads to.
 */
export function cleanPath(path: string): string {
  if (path === '' || path.includes('\0')) throw invalidArgument(`not a path in a container: ${JSON.stringify(path)}`);
  const clean = posix.normalize(`/${path}`).replace(/(?<=.)\/$/, '');
  if (/(?:^|\/)\.$/.test(path)) return clean === '/' ? '/.' : `${clean}/.`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** The directory of a clean path, with its slash, and the last part: empty or `.` for the directory itself. */
export function splitPath(path: string): { directory: string; base: string } {
  const slash = path.lastIndexOf('/') + 1;
  return { directory: path.slice(0, slash), base: path.slice(slash) };
}

/** The last part of a clean path: `/` for the root, `.` where that was asked for. */
export function nameOf(path: string): string {
  return path === '/' ? '/' : (path.replace(/\/$/, '').split('/').at(-1) ?? '');
}

/** Where links lead: the absolute path without any. What does not exist is taken for what it says. */
export function followLinks(root: number, path: string): string {
  const rest = path.split('/');
  let done: string[] = [];
  for (let links = 0; rest.length > 0;) {
    const part = rest.shift() ?? '';
    if (part === '..') done.pop();
    if (['', '.', '..'].includes(part)) continue;
    const link = readLink(root, done, part);
    if (link === undefined) {
      done.push(part);
      continue;
    }
    if (++links > mostLinks) throw failedPrecondition(`${path}: too many symbolic links`);
    if (link.startsWith('/')) done = [];
    rest.unshift(...link.split('/'));
  }
  return `/${done.join('/')}`;
}

function readLink(root: number, directory: readonly string[], name: string): string | undefined {
  try {
    const handle = openInRoot(root, `/${directory.join('/')}`, handleOnly | constants.O_DIRECTORY);
    try {
      return readlinkSync(`/proc/self/fd/${handle}/${name}`);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EINVAL', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
