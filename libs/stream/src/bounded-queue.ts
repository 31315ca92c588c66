/**
 * One writer, one reader, at most `capacity` items between them. When it is
 * full, `push` waits; `offer` refuses and returns false, so that the caller
 * names what happens then.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  #ended = false;
  #failure: unknown;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item; false when the queue is full or ended. */
  offer(item: T): boolean {
    if (this.#ended || this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    this.#wakeReader?.();
    return true;
  }

  /** Adds an item, waiting for room; false when the reader has gone. */
  async push(item: T): Promise<boolean> {
    while (!this.#ended && this.#items.length >= this.#capacity) {
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    }
    return this.offer(item);
  }

  /** No more items; the reader gets what is queued, then the end. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  /** The reader gets what is queued, then the error. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = error;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        while (this.#items.length > 0) {
          const item = this.#items.shift() as T;
          this.#wakeWriter?.();
          yield item;
        }
        if (this.#ended) break;
        await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      this.#items.length = 0;
      this.end();
    }
  }
}
