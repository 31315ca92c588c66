import { lstatSync, readdirSync, type Stats } from 'node:fs';
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
 * is in them; links are not followed. A directory that is ignored comes if
 * something in it does. Looks at one file at a time and waits for the disk:
 * that is many times faster than to ask for each and be told later.
 */
export function walkContext(root: string, selection: Selection): Generator<ContextEntry, void, undefined> {
  return walk(root, '', selection);
}

function* walk(root: string, parent: string, selection: Selection): Generator<ContextEntry, void, undefined> {
  for (const name of read(join(root, parent), (directory) => readdirSync(directory)).sort()) {
    const path = parent ? `${parent}/${name}` : name;
    const excluded = selection.ignore.excludes(path) && !selection.always.has(path);
    if (excluded && !mayHoldMore(path, selection)) continue;
    const file = join(root, path);
    const entry = { path, file, stats: read(file, (of) => lstatSync(of)) };
    if (!entry.stats.isDirectory()) {
      if (!excluded && !entry.stats.isSocket()) yield entry;
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
function* afterItsDirectory(
  directory: ContextEntry,
  entries: Iterable<ContextEntry>,
): Generator<ContextEntry, void, undefined> {
  let isFirst = true;
  for (const entry of entries) {
    if (isFirst) yield directory;
    isFirst = false;
    yield entry;
  }
}

function read<Result>(file: string, how: (file: string) => Result): Result {
  try {
    return how(file);
  } catch (error) {
    throw cannot('read', file, error);
  }
}
