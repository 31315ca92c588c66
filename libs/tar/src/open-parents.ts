import { chownSync, closeSync, constants, mkdirSync } from 'node:fs';
import { handleOnly, openInRoot } from '@arcbox/linux';
import type { Owner } from './dress.ts';
import { splitName } from './entry-name.ts';

/** The directories that files are written into, opened inside of a root; the last one stays open. */
export class OpenParents implements Disposable {
  readonly #root: number;
  /** Bytes as latin1. */
  readonly #top: string;
  readonly #owner: Owner | undefined;
  #last: { readonly name: string; readonly handle: number } | undefined;

  /** `root` is a descriptor; names are below `top` in it. Directories that it makes belong to `owner`, or to who makes them. */
  constructor(root: number, top: string | Buffer, owner?: Owner) {
    this.#root = root;
    this.#owner = owner;
    this.#top = Buffer.from(top.length === 0 ? '.' : (top as string)).toString('latin1');
  }

  /** A path to a file; directories that are missing on the way are made. It holds until the next is asked for. */
  pathTo(name: string): Buffer {
    const { directory, base } = splitName(name);
    return this.#pathIn(this.#keep(directory, () => this.#openOrMake(directory)), base);
  }

  /** A path to a file that is there, in directories that are. Throws ENOENT and the like; holds until the next is asked for. */
  pathOf(name: string): Buffer {
    const { directory, base } = splitName(name);
    return this.#pathIn(this.#keep(directory, () => this.open(directory)), base);
  }

  /** A handle of a directory, bytes as latin1; the caller closes it. Throws ENOENT and the like. */
  open(name: string): number {
    const path = name === '' ? this.#top : `${this.#top}/${name}`;
    return openInRoot(this.#root, Buffer.from(path, 'latin1'), handleOnly | constants.O_DIRECTORY);
  }

  /** The same with another directory open. */
  another(): OpenParents {
    return new OpenParents(this.#root, Buffer.from(this.#top, 'latin1'), this.#owner);
  }

  #pathIn(handle: number, base: string): Buffer {
    return Buffer.from(`/proc/self/fd/${handle}/${base}`, 'latin1');
  }

  #keep(name: string, open: () => number): number {
    if (this.#last?.name === name) return this.#last.handle;
    const handle = open();
    this[Symbol.dispose]();
    this.#last = { name, handle };
    return handle;
  }

  #openOrMake(name: string): number {
    try {
      return this.open(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || name === '') throw error;
    }
    const { directory, base } = splitName(name);
    const parent = this.#openOrMake(directory);
    try {
      const path = this.#pathIn(parent, base);
      mkdirSync(path, { mode: 0o755 });
      if (this.#owner) chownSync(path, this.#owner.uid, this.#owner.gid);
    } finally {
      closeSync(parent);
    }
    return this.open(name);
  }

  [Symbol.dispose](): void {
    if (this.#last) closeSync(this.#last.handle);
    this.#last = undefined;
  }
}
