import { invalidArgument } from '@arcbox/errors';
import { type Ignore, parsePattern } from '@arcbox/dockerignore';
import { bytesOf, type ByteName, joinNames, textOf } from '@arcbox/tar';
import { cleanPath, resolveLinks, splitLast } from './resolve-in-root.ts';
import type { SourceTree, SourceType } from './source-tree.ts';

/** Where files are copied from. */
export interface CopyOrigin {
  /** A build context, or the root of a stage or an image. Nobody changes it meanwhile. */
  readonly tree: SourceTree;
  readonly ignore?: Ignore;
}

/** A file or directory that a source names. */
export interface FoundFile {
  /** As it was named, before links are followed: the last part names the copy. */
  readonly base: ByteName;
  /** Where it is in the origin. */
  readonly name: ByteName;
  readonly type: SourceType;
}

/**
 * The files that a source of COPY names, in the order of their names. A pattern
 * may find none; a plain path must be there. Links are followed inside the origin.
 */
export function findFiles(source: string, origin: CopyOrigin): FoundFile[] {
  const path = cleanPath(bytesOf(source));
  if (!hasPattern(path)) {
    const found = look(path, origin);
    if (!found) throw notFound(path);
    return [found];
  }
  return expandPattern(path, origin).flatMap((name) => look(name, origin) ?? []);
}

export function notFound(path: ByteName): Error {
  const shown = textOf(path) || '/';
  return invalidArgument(
    `COPY failed: file not found in build context or excluded by .dockerignore: stat ${shown}: file does not exist`,
  );
}

function look(path: ByteName, { tree, ignore }: CopyOrigin): FoundFile | undefined {
  const name = resolveLinks(tree, path, { followLast: true });
  const type = tree.typeAt(name);
  if (!type) return undefined;
  if (isLeft(name, ignore) && !(type === 'directory' && ignore?.includesBelow(textOf(name)))) return undefined;
  return { base: splitLast(path).base, name, type };
}

export function isLeft(name: ByteName, ignore: Ignore | undefined): boolean {
  return name !== '' && (ignore?.excludes(textOf(name)) ?? false);
}

/** Up to the first part with a pattern, links are followed; after it, they are files like others. */
function expandPattern(path: ByteName, { tree }: CopyOrigin): ByteName[] {
  const parts = path.split('/');
  const first = parts.findIndex(hasPattern);
  let found = [resolveLinks(tree, parts.slice(0, first).join('/'), { followLast: true })];
  for (const part of parts.slice(first)) {
    // Two stars are no more than one: these are patterns of filepath.Match.
    const pattern = parsePattern(textOf(part).replace(/\*{2,}/g, '*'), 'COPY');
    found = found.flatMap((name) =>
      tree
        .namesIn(name)
        .filter((base) => pattern.covers(textOf(base)))
        .map((base) => joinNames(name, base)),
    );
  }
  return found;
}

/** A backslash, too: it quotes. */
export const hasPattern = (path: string): boolean => /[*?[\\]/.test(path);
