import type { Entry } from './entries.ts';

/** Keeps the last `count` entries of many. */
export class LastEntries {
  readonly #count: number;
  #entries: Entry[] = [];
  #next = 0;

  constructor(count: number) {
    this.#count = count;
  }

  push(entry: Entry): void {
    if (this.#count === 0) return;
    this.#entries[this.#next] = entry;
    this.#next = (this.#next + 1) % this.#count;
  }

  /** Oldest first; nothing is kept. */
  take(): Entry[] {
    const entries = [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
    this.#entries = [];
    this.#next = 0;
    return entries;
  }
}
