import { invalidArgument } from '@arcbox/errors';
import { bytesOf } from '@arcbox/tar';
import { directoryTree } from './directory-tree.ts';
import { resolveLinks } from './resolve-in-root.ts';
import type { SourceTree } from './source-tree.ts';

/** Files that are read whole are written by hand, or lists of users; bytes. */
const maxFile = 8 * 1024 * 1024;

/** The text of a regular file in a tree, links followed inside it; undefined when there is none. */
export function readText(tree: SourceTree, path: string): string | undefined {
  const name = resolveLinks(tree, bytesOf(path), { followLast: true });
  if (tree.typeAt(name) !== 'file') return undefined;
  const content = tree.readWhole(name, maxFile);
  if (!content) throw invalidArgument(`${path} is larger than ${maxFile} bytes`);
  return content.toString('utf8');
}

/** The same in a directory. */
export function readInRoot(root: string, path: string): string | undefined {
  return readText(directoryTree(root), path);
}
