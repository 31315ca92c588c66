import { parseIgnore, parsePattern } from '@arcbox/dockerignore';
import type { CopyAction } from '../language/action.ts';
import { isTarArchive } from './archive-file.ts';
import { bytesOf, joinNames } from '@arcbox/tar';
import type { CopySource } from './copy-source.ts';
import { FileFilter } from './file-filter.ts';
import { type CopyOrigin, findFiles, type FoundFile, hasPattern, isLeft, notFound } from './find-files.ts';
import { cleanPath, resolveLinks } from './resolve-in-root.ts';
import type { SourceFile } from './source-tree.ts';

/** What the files of the origin that an action names are to it. INVALID_ARGUMENT when one is missing. */
export async function findSources(action: CopyAction, source: string, origin: CopyOrigin): Promise<CopySource[]> {
  if (action.parents) return [findWithParents(action, source, origin)];
  const sources: CopySource[] = [];
  for (const file of findFiles(source, origin)) {
    const found = await describe(action, file, origin);
    if (found) sources.push(found);
  }
  return sources;
}

async function describe(action: CopyAction, file: FoundFile, origin: CopyOrigin): Promise<CopySource | undefined> {
  const { name, base, type } = file;
  const { tree, ignore } = origin;
  const excludes = excludesOf(action);
  if (type === 'directory') return { kind: 'tree', tree, name, filter: new FileFilter(name, { ignore, excludes }) };
  // To a file on its own, --exclude means its name.
  if (new FileFilter('', { excludes }).judge(base) !== 'keep') return undefined;
  const isUnpacked = action.unpack ?? action.kind === 'add';
  const look = (): SourceFile => tree.file(name, base);
  if (!isUnpacked || type !== 'file' || !(await isTarArchive(tree.read(name)))) return { kind: 'file', base, look };
  return { kind: 'archive', read: () => tree.read(name), digest: () => look().digest() };
}

/** With --parents, what is copied is the directory above, or the one before `/./`, with only these files in it. */
function findWithParents(action: CopyAction, source: string, { tree, ignore }: CopyOrigin): CopySource {
  const pivot = source.indexOf('/./');
  const above = pivot < 0 ? '' : source.slice(0, pivot);
  const below = cleanPath(pivot < 0 ? source : source.slice(pivot + 2));
  const name = resolveLinks(tree, cleanPath(bytesOf(above)), { followLast: true });
  const wanted = joinNames(name, bytesOf(below));
  const isMissing = !tree.typeAt(wanted) || isLeft(wanted, ignore);
  if ((isMissing && !hasPattern(below)) || tree.typeAt(name) !== 'directory') throw notFound(cleanPath(bytesOf(source)));
  const only = below === '' ? undefined : parsePattern(below, 'COPY');
  const filter = new FileFilter(name, { ignore, excludes: excludesOf(action), only });
  return { kind: 'tree', tree, name, filter };
}

function excludesOf({ excludes }: CopyAction): ReturnType<typeof parseIgnore> | undefined {
  if (excludes.length === 0) return undefined;
  // No line of a file: a # begins no comment.
  return parseIgnore(excludes.map((pattern) => `./${pattern}`.replace(/^\.\/!/, '!')).join('\n'), '--exclude');
}
