import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { type ByteName, joinNames, pathOf, textOf } from '@arcbox/tar';
import type { SourceTree } from './source-tree.ts';

/** As many links as Linux follows in one path. */
const maxLinks = 40;

/**
 * The name that a path has in `root` once its links are followed, as a process
 * with that root would: neither absolute links nor `..` lead out of it. What is
 * not there is taken as it is written.
 */
export function resolveInRoot(root: string, path: ByteName, options: { followLast: boolean }): ByteName {
  return resolveLinks({ linkAt: (name) => linkAt(root, name) }, path, options);
}

/** The same in any tree. */
export function resolveLinks(tree: Pick<SourceTree, 'linkAt'>, path: ByteName, options: { followLast: boolean }): ByteName {
  const waiting = path.split('/').reverse();
  const resolved: string[] = [];
  for (let links = 0; waiting.length > 0;) {
    const part = waiting.pop() ?? '';
    if (part === '' || part === '.') continue;
    if (part === '..') {
      resolved.pop();
      continue;
    }
    const name = [...resolved, part].join('/');
    const isLast = waiting.every((rest) => rest === '' || rest === '.');
    const target = isLast && !options.followLast ? undefined : tree.linkAt(name);
    if (target === undefined) {
      resolved.push(part);
      continue;
    }
    if (++links > maxLinks) throw invalidArgument(`${textOf(path)}: too many levels of symbolic links`);
    if (target.startsWith('/')) resolved.length = 0;
    waiting.push(...target.split('/').reverse());
  }
  return resolved.join('/');
}

/** What is at a name that was resolved; undefined when there is nothing, not even its directory. */
export function lookAt(root: string, name: ByteName): Stats | undefined {
  try {
    return lstatSync(pathOf(root, name), { throwIfNoEntry: false });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return undefined;
    if (code === 'ENAMETOOLONG') throw invalidArgument(`${textOf(name).slice(0, 100)}…: file name too long`);
    throw error;
  }
}

/** Where a link leads; undefined when it is none. */
export function linkAt(root: string, name: ByteName): ByteName | undefined {
  if (!lookAt(root, name)?.isSymbolicLink()) return undefined;
  return readlinkSync(pathOf(root, name), { encoding: 'latin1' });
}

/** The name without its last part, and that part. */
export function splitLast(name: ByteName): { directory: ByteName; base: ByteName } {
  const slash = name.lastIndexOf('/');
  return { directory: name.slice(0, Math.max(slash, 0)), base: name.slice(slash + 1) };
}

/** A path as it is written in a Dockerfile, below a root: `..` ends there. */
export function cleanPath(path: ByteName): ByteName {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.reduce(joinNames, '');
}
