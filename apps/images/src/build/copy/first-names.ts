import type { ByteName } from '@arcbox/tar';
import type { SourceFile } from './source-tree.ts';

/** Finds the hard links among files that are copied together. */
export class FirstNames {
  readonly #names = new Map<string, ByteName>();

  /** The name under which the same file came before; undefined for the first. */
  of({ entry, identity }: SourceFile): ByteName | undefined {
    if (identity === undefined) return undefined;
    const first = this.#names.get(identity);
    if (first === undefined) this.#names.set(identity, entry.name);
    return first;
  }
}
