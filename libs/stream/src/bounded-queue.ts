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
      while (await this.#wait()) {
        while (this.#items.length > 0) {
          const item = this.#items.shift() as T;
          this.#wakeWriter?.();
          yield item;
        }
      }
    } finally {
      this.#leave();
    }
  }

  /** The items, all that have come meanwhile in one piece: those are not in the queue any more, and do not count. */
  async *batches(): AsyncGenerator<readonly T[], void, undefined> {
    try {
      while (await this.#wait()) {
        const batch = this.#items.splice(0);
        this.#wakeWriter?.();
        yield batch;
      }
    } finally {
      this.#leave();
    }
  }

  /** Until there are items; false at the end. */
  async #wait(): Promise<boolean> {
    while (this.#items.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    if (this.#items.length === 0 && this.#failure !== undefined) throw this.#failure;
    return this.#items.length > 0;
  }

  #leave(): void {
    this.#items.length = 0;
    this.end();
  }
}
