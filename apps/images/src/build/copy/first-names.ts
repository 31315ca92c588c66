import type { TreeFile } from '@arcbox/tar';
import type { ByteName } from './byte-name.ts';

/** Finds the hard links among files that are copied together. */
export class FirstNames {
  readonly #names = new Map<string, ByteName>();

  /** The name under which the same file came before; undefined for the first. */
  of({ name, stat }: TreeFile): ByteName | undefined {
    if (stat.nlink < 2n || stat.isDirectory()) return undefined;
    const id = `${stat.dev}:${stat.ino}`;
    const first = this.#names.get(id);
    if (first === undefined) this.#names.set(id, name);
    return first;
  }
}
