import { resourceExhausted } from '@arcbox/errors';
import type { TarEntry } from '@arcbox/tar';

/** What a build context may hold at most. */
export interface ContextLimits {
  /** Bytes of the archive without its compression, or of all files. */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Bytes of names, links and attributes: they stay in memory. */
  readonly maxDescriptions: number;
}

export const defaultContextLimits: ContextLimits = { maxBytes: 32 * 2 ** 30, maxEntries: 2_000_000, maxDescriptions: 512 * 2 ** 20 };

/** Adds up what a context holds; RESOURCE_EXHAUSTED when that is too much. */
export class ContextMeter {
  readonly #limits: ContextLimits;
  #bytes = 0;
  #entries = 0;
  #descriptions = 0;

  constructor(limits: ContextLimits) {
    this.#limits = limits;
  }

  addBytes(count: number): void {
    const { maxBytes } = this.#limits;
    this.#bytes += count;
    if (this.#bytes > maxBytes) throw resourceExhausted(`the build context is larger than ${maxBytes} bytes`);
  }

  addEntry({ name, link, xattrs }: Pick<TarEntry, 'name' | 'link' | 'xattrs'>): void {
    const { maxEntries, maxDescriptions } = this.#limits;
    if (++this.#entries > maxEntries) throw resourceExhausted(`the build context holds more than ${maxEntries} files`);
    this.#descriptions += [...xattrs].reduce((sum, [key, value]) => sum + key.length + value.length, name.length + link.length);
    if (this.#descriptions > maxDescriptions) {
      throw resourceExhausted('the names and attributes in the build context are too many and too long');
    }
  }
}
