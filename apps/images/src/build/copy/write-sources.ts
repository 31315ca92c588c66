import { type TarEntry, type TarItem, writeTar } from '@arcbox/tar';
import { joinNames } from '@arcbox/tar';
import type { CopySource, TreeSource } from './copy-source.ts';
import { extractInto } from './extract-into.ts';
import { FirstNames } from './first-names.ts';
import { Placement, type PlacementOptions } from './placement.ts';
import { selectFiles } from './select-files.ts';
import { unpackArchive } from './unpack-archive.ts';

/**
 * Writes sources into a root, one after the other. Names are looked up in the
 * root before, and written by a process that has it as its root directory:
 * whatever links are in it, nothing outside is touched.
 */
export async function writeSources(
  root: string,
  sources: readonly CopySource[],
  options: PlacementOptions,
  signal: AbortSignal,
): Promise<void> {
  for (const run of runsOf(sources)) {
    const [first] = run;
    if (first?.kind === 'archive') await unpackArchive(root, first, options, signal);
    else await extractInto(root, writeTar(itemsOf(run, new Placement(root, options))), {}, signal);
  }
}

/** Single files that follow each other are written together; where a tree goes, all before it is on disk. */
function runsOf(sources: readonly CopySource[]): CopySource[][] {
  const runs: CopySource[][] = [];
  for (const source of sources) {
    const last = runs.at(-1);
    if (last && isSingle(source) && last.every(isSingle)) last.push(source);
    else runs.push([source]);
  }
  return runs;
}

const isSingle = ({ kind }: CopySource): boolean => kind === 'file' || kind === 'inline';

function* itemsOf(sources: readonly CopySource[], placement: Placement): Generator<TarItem, void, undefined> {
  for (const source of sources) {
    if (source.kind === 'tree') yield* treeItems(source, placement);
    else if (source.kind === 'inline') yield* placement.file(source.base, inlineEntry(source.content), source.content);
    else if (source.kind === 'file') {
      const { entry, content } = source.look();
      yield* placement.file(source.base, { ...entry, ...source.attributes }, entry.size > 0 ? content : undefined);
    }
  }
}

function* treeItems(source: TreeSource, placement: Placement): Generator<TarItem, void, undefined> {
  const firstNames = new FirstNames();
  let target: string | undefined;
  for (const { file, isImplied } of selectFiles(source)) {
    target ??= yield* placement.tree();
    const placed = placement.below(target, file.entry, isImplied);
    if (!placed) continue;
    const first = firstNames.of(file);
    if (first !== undefined) yield { entry: { ...placed, type: '1', link: joinNames(target, first), size: 0 } };
    else yield { entry: placed, content: placed.size > 0 ? file.content : undefined };
  }
  yield* placement.merged();
  // Also an empty directory becomes one.
  if (target === undefined) yield* placement.tree();
}

function inlineEntry(content: Buffer): TarEntry {
  return {
    name: '',
    type: '0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: content.length,
    mtime: Math.floor(Date.now() / 1000),
    link: '',
    major: 0,
    minor: 0,
    xattrs: new Map(),
  };
}
