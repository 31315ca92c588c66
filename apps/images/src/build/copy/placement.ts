import { invalidArgument } from '@arcbox/errors';
import type { TarEntry, TarItem } from '@arcbox/tar';
import { bytesOf, type ByteName, joinNames, textOf } from '@arcbox/tar';
import type { ModeChange } from './mode.ts';
import type { Owner } from './owner.ts';
import { lookAt, resolveInRoot, splitLast } from './resolve-in-root.ts';

export interface PlacementOptions {
  /** Absolute; a slash at its end makes it a directory. */
  readonly destination: string;
  /** Of all that is copied or made. Absent: root, or the file's own. */
  readonly owner?: Owner;
  readonly keepsOwners: boolean;
  readonly mode?: ModeChange;
}

type Kind = 'directory' | 'other';

/** Says where in a root files go, and what directories it takes: the rules of COPY about its destination. */
export class Placement {
  readonly #root: string;
  readonly #options: PlacementOptions;
  /** What was given out and may not be on disk yet. */
  readonly #given = new Map<ByteName, Kind>();
  /** A directory that is made: there is nothing in it to look for. */
  #made: ByteName | undefined;
  /** Directories that were there before. */
  readonly #merged: TarEntry[] = [];

  constructor(root: string, options: PlacementOptions) {
    this.#root = root;
    this.#options = options;
  }

  /** A single file, with the directories above it. */
  *file(base: ByteName, entry: TarEntry, content: TarItem['content']): Generator<TarItem, void, undefined> {
    const { destination } = this.#options;
    const target = this.#resolve(destination);
    const isInside = destination.endsWith('/') || this.#kindAt(target) === 'directory';
    yield* this.directories(isInside ? target : splitLast(target).directory);
    if (isInside && base === '') throw invalidArgument('ADD: the URL names no file, so the destination has to');
    const name = isInside ? joinNames(target, base) : target;
    // Under one name, all but the last would be lost.
    if (!isInside && this.#given.has(name)) throw manySources();
    yield { entry: this.#place({ ...entry, name }), content };
    this.#given.set(name, 'other');
  }

  /** The directory whose content is to be that of a copied one. */
  *tree(): Generator<TarItem, ByteName, undefined> {
    const target = this.#resolve(this.#options.destination);
    yield* this.directories(target);
    return target;
  }

  /** A file of a tree that goes to `target`; undefined when there is nothing to do. */
  below(target: ByteName, entry: TarEntry, isImplied: boolean): TarEntry | undefined {
    const name = joinNames(target, entry.name);
    const isMerged = entry.type === '5' && this.#kindAt(name) === 'directory';
    if (isImplied && isMerged) return undefined;
    const placed = this.#place({ ...entry, name });
    if (isMerged) this.#merged.push(placed);
    else if (entry.type === '5' && !this.#isMade(name)) this.#made = name;
    return placed;
  }

  /** Directories once more, when all is in them: only new ones get their times at the end by themselves. */
  merged(): TarItem[] {
    return this.#merged.reverse().map((entry) => ({ entry }));
  }

  /** A directory and those above it, as far as they are missing. */
  *directories(name: ByteName): Generator<TarItem, void, undefined> {
    const kind = this.#kindAt(name);
    if (kind === 'directory') return;
    if (kind === 'other') throw invalidArgument(`cannot copy to non-directory: /${textOf(name)}`);
    yield* this.directories(splitLast(name).directory);
    this.#given.set(name, 'directory');
    this.#made = name;
    const { owner, mode } = this.#options;
    const mtime = Math.floor(Date.now() / 1000);
    const permissions = (mode?.fixed ?? 0o755) & 0o777;
    yield { entry: { ...emptyDirectory, mtime, ...(owner ?? rootOwner), mode: permissions, name } };
  }

  #resolve(path: string): ByteName {
    return resolveInRoot(this.#root, bytesOf(path), { followLast: true });
  }

  #place(entry: TarEntry): TarEntry {
    const kind = this.#kindAt(entry.name);
    if (entry.type === '5' && kind === 'other')
      throw invalidArgument(`cannot copy to non-directory: /${textOf(entry.name)}`);
    if (entry.type !== '5' && kind === 'directory')
      throw invalidArgument(`cannot replace the directory /${textOf(entry.name)} with a file`);
    return this.#withAttributes(entry);
  }

  #withAttributes(entry: TarEntry): TarEntry {
    const { owner, keepsOwners, mode } = this.#options;
    const { uid, gid } = owner ?? (keepsOwners ? entry : rootOwner);
    const isLink = entry.type === '2';
    return { ...entry, uid, gid, mode: isLink || !mode ? entry.mode : mode.apply(entry.mode, entry.type === '5') };
  }

  #kindAt(name: ByteName): Kind | undefined {
    const given = this.#given.get(name);
    if (given || this.#isMade(name)) return given;
    const stat = lookAt(this.#root, name);
    return stat && (stat.isDirectory() ? 'directory' : 'other');
  }

  /** Whether it is below a directory that is not on disk yet, or holds only what was given out. */
  #isMade(name: ByteName): boolean {
    return this.#made !== undefined && name.startsWith(`${this.#made}/`);
  }
}

const rootOwner: Owner = { uid: 0, gid: 0 };

const emptyDirectory = { type: '5', size: 0, link: '', major: 0, minor: 0, xattrs: new Map<string, string>() };

const manySources = (): Error =>
  invalidArgument(
    'when using COPY with more than one source file, the destination must be a directory and end with a /',
  );
