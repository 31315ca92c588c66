/**
 * Progress for a reader that may be slow: of the items with one key only the
 * newest is kept, so memory is bounded by the number of keys and the writer
 * never waits. `milestone` items are kept each.
 */
export class LatestByKey<T> implements AsyncIterable<T> {
  readonly #waiting = new Map<string, T>();
  #milestones = 0;
  #ended = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  /** Replaces what waits under `key`, keeping its place in the line. */
  set(key: string, item: T): void {
    this.#waiting.set(key, item);
    this.#wake?.();
  }

  /** Adds an item that nothing replaces and that comes after all before it. */
  milestone(key: string, item: T): void {
    this.#waiting.delete(key);
    this.#waiting.set(`${key}\0${this.#milestones++}`, item);
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      for (const [key, item] of this.#waiting) {
        this.#waiting.delete(key);
        yield item;
      }
      if (this.#waiting.size > 0) continue;
      if (this.#ended) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}
