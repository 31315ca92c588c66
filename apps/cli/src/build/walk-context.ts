import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ignore } from '@arcbox/dockerignore';
import { cannot } from '../file-failure.ts';

/** A file, directory or link of a build context. */
export interface ContextEntry {
  /** Relative, with `/`. */
  readonly path: string;
  /** Where it is. */
  readonly file: string;
  readonly stats: Stats;
}

export interface Selection {
  readonly ignore: Ignore;
  /** Paths that go along whatever is ignored. */
  readonly always: ReadonlySet<string>;
}

/**
 * What is in a directory and is not ignored, by name, directories before what
 * is in them; links are not followed. A directory that is ignored comes if something in it does.
 */
export async function* walkContext(root: string, selection: Selection): AsyncGenerator<ContextEntry, void, undefined> {
  yield* walk(root, '', selection);
}

async function* walk(root: string, parent: string, selection: Selection): AsyncGenerator<ContextEntry, void, undefined> {
  const names = await readdir(join(root, parent)).catch((error: unknown) => {
    throw cannot('read', join(root, parent), error);
  });
  for (const name of names.sort()) {
    const path = parent ? `${parent}/${name}` : name;
    const excluded = selection.ignore.excludes(path) && !selection.always.has(path);
    if (excluded && !mayHoldMore(path, selection)) continue;
    const file = join(root, path);
    const stats = await lstat(file).catch((error: unknown) => {
      throw cannot('read', file, error);
    });
    const entry = { path, file, stats };
    if (!stats.isDirectory()) {
      if (!excluded && !stats.isSocket()) yield entry;
    } else if (excluded) {
      yield* afterItsDirectory(entry, walk(root, path, selection));
    } else {
      yield entry;
      yield* walk(root, path, selection);
    }
  }
}

function mayHoldMore(path: string, { ignore, always }: Selection): boolean {
  return ignore.includesBelow(path) || [...always].some((wanted) => wanted.startsWith(`${path}/`));
}

/** The directory, then what is in it; nothing when there is nothing in it. */
async function* afterItsDirectory(
  directory: ContextEntry,
  entries: AsyncIterable<ContextEntry>,
): AsyncGenerator<ContextEntry, void, undefined> {
  let isFirst = true;
  for await (const entry of entries) {
    if (isFirst) yield directory;
    isFirst = false;
    yield entry;
  }
}
