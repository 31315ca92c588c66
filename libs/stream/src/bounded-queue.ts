/**
 * One writer, one reader, at most `capacity` items between them. When it is
 * full, `push` waits; `offer` refuses and returns false, so that the caller
 * names what happens then.
 */
export class BoundedQueue<T> implements AsyncIterable<T> {
  /** As they were offered: what goes to many queues is in all of them the same list. */
  #portions: (readonly T[])[] = [];
  /** Of the first portion so many have been taken. */
  #taken = 0;
  #size = 0;
  readonly #capacity: number;
  #ended = false;
  #failure: unknown;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item; false when the queue is full or ended. */
  offer(item: T): boolean {
    return this.offerAll([item]);
  }

  /** Adds as many of the items as there is room for; false when that is not all of them. They may not be changed any more. */
  offerAll(items: readonly T[]): boolean {
    const room = this.#ended ? 0 : this.#capacity - this.#size;
    const taken = items.length > room ? items.slice(0, room) : items;
    if (taken.length > 0) {
      this.#portions.push(taken);
      this.#size += taken.length;
      this.#wakeReader?.();
    }
    return taken.length === items.length;
  }

  /** Adds an item, waiting for room; false when the reader has gone. */
  async push(item: T): Promise<boolean> {
    while (!this.#ended && this.#size >= this.#capacity) {
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
        while (this.#size > 0) {
          const item = this.#takeOne();
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
        const batch = this.#takeAll();
        this.#wakeWriter?.();
        yield batch;
      }
    } finally {
      this.#leave();
    }
  }

  /** Until there are items; false at the end. */
  async #wait(): Promise<boolean> {
    while (this.#size === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    if (this.#size === 0 && this.#failure !== undefined) throw this.#failure;
    return this.#size > 0;
  }

  #takeOne(): T {
    const [first = []] = this.#portions;
    const item = first[this.#taken++] as T;
    this.#size--;
    if (this.#taken === first.length) {
      this.#portions.shift();
      this.#taken = 0;
    }
    return item;
  }

  #takeAll(): readonly T[] {
    const [first = []] = this.#portions;
    const all = this.#portions.length === 1 ? first : this.#portions.flat();
    const rest = this.#taken > 0 ? all.slice(this.#taken) : all;
    this.#empty();
    return rest;
  }

  #empty(): void {
    this.#portions = [];
    this.#taken = this.#size = 0;
  }

  #leave(): void {
    this.#empty();
    this.end();
  }
}
