import { splitName } from '@arcbox/tar';

/** Most directories that are told of, those nearest to the root first: what they have in common with other layers lies there. */
const maxNames = 10_000;

/** Most that are remembered while an archive is read. */
const maxRemembered = 500_000;

/** Directories that an archive has files in but no entry for: it says nothing about their owner, mode and time. */
export class ImpliedDirectories {
  readonly #isStated: (name: string) => boolean;
  readonly #names = new Set<string>();
  #last: string | undefined;

  /** `isStated` tells whether there has been an entry for a directory. */
  constructor(isStated: (name: string) => boolean) {
    this.#isStated = isStated;
  }

  /** Something is in this directory; empty for the root. */
  see(directory: string): void {
    if (directory === this.#last) return;
    this.#last = directory;
    let name = directory;
    while (!this.#isStated(name) && !this.#names.has(name) && this.#names.size < maxRemembered) {
      this.#names.add(name);
      if (name !== '') name = splitName(name).directory;
    }
  }

  /** An entry has come after all. */
  delete(name: string): void {
    this.#names.delete(name);
  }

  names(): string[] {
    const depthOf = (name: string): number => name.split('/').length;
    const sorted = [...this.#names].map((name) => ({ name, depth: depthOf(name) })).sort((a, b) => a.depth - b.depth);
    return sorted.slice(0, maxNames).map(({ name }) => name);
  }
}
