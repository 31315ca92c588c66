import { bytesOf, textOf } from '@arcbox/tar';
import { resolveInRoot } from './copy/resolve-in-root.ts';

/** What a path means for a process whose root directory is `root`: absolute, inside the root, links followed. */
export function pathInRoot(root: string, path: string): string {
  return `/${textOf(resolveInRoot(root, bytesOf(path), { followLast: true }))}`;
}
