import { lstatSync, readdirSync, type Stats } from 'node:fs';
import type { Ignore } from '@arcbox/dockerignore';
import { cannot } from '../file-failure.ts';
import { type ByteName, pathOf, textOf } from '@arcbox/tar';

/** A file, directory or link of a build context. */
export interface ContextEntry {
  readonly name: ByteName;
  /** Where it is. */
  readonly path: string | Buffer;
  readonly stats: Stats;
}

export interface Selection {
  readonly ignore: Ignore;
  /** Names that go along whatever is ignored. */
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

function* walk(root: string, parent: ByteName, selection: Selection): Generator<ContextEntry, void, undefined> {
  for (const base of read(pathOf(root, parent), (directory) => readdirSync(directory, 'latin1')).sort()) {
    const name = parent ? `${parent}/${base}` : base;
    const text = textOf(name);
    const excluded = selection.ignore.excludes(text) && !selection.always.has(text);
    if (excluded && !mayHoldMore(text, selection)) continue;
    const path = pathOf(root, name);
    const entry = { name, path, stats: read(path, (of) => lstatSync(of)) };
    if (!entry.stats.isDirectory()) {
      if (!excluded && !entry.stats.isSocket()) yield entry;
    } else if (excluded) {
      yield* afterItsDirectory(entry, walk(root, name, selection));
    } else {
      yield entry;
      yield* walk(root, name, selection);
    }
  }
}

function mayHoldMore(name: string, { ignore, always }: Selection): boolean {
  return ignore.includesBelow(name) || [...always].some((wanted) => wanted.startsWith(`${name}/`));
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

function read<Result>(path: string | Buffer, how: (path: string | Buffer) => Result): Result {
  try {
    return how(path);
  } catch (error) {
    throw cannot('read', path.toString(), error);
  }
}
