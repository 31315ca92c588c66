import { Counter, Gauge } from '@arcbox/metrics';
import { BoundedQueue } from './bounded-queue.ts';

/** Of all subscribers in this process. */
const queues = new Set<{ readonly size: number }>();
new Gauge('arcbox_subscribers', 'Readers of events, logs and the like that are served by this process.').from(() => queues.size);
new Gauge('arcbox_queued_items', 'What such readers have not taken yet.').from(() => queues.values().reduce((sum, { size }) => sum + size, 0));
const slow = new Counter('arcbox_slow_subscribers_total', 'Readers that were ended because they did not keep up.');

/** Ends a subscriber that did not keep up; nobody else notices. */
export class SlowReaderError extends Error {
  override readonly name = 'SlowReaderError';
}

/** What one subscriber reads, one by one or all that has come meanwhile at once; disposing it ends the reading, also one that waits. */
export interface Subscription<T> extends AsyncIterable<T>, Disposable {
  batches(): AsyncIterable<readonly T[]>;
}

/** What a subscriber gets of an item; undefined for nothing. */
type Select<T> = (item: T) => T | undefined;

/** Every item to every subscriber that wants it, each with a queue of its own; a full one is failed. */
export class FanOut<T> {
  readonly #queues = new Map<BoundedQueue<T>, Select<T> | undefined>();
  readonly #capacity: number;
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get subscribers(): number {
    return this.#queues.size;
  }

  publish(item: T): void {
    this.publishAll([item]);
  }

  /** Items in one piece; those who want all of them share the list, which may not be changed any more. Returns how many subscribers get something. */
  publishAll(items: readonly T[]): number {
    let told = 0;
    for (const [queue, select] of this.#queues) {
      const selected = select ? selectFrom(items, select) : items;
      if (selected.length === 0) continue;
      told++;
      if (queue.offerAll(selected)) continue;
      this.#forget(queue);
      slow.add();
      queue.fail(new SlowReaderError(`reader fell ${this.#capacity} items behind`));
    }
    return told;
  }

  /** All items from this call on, after those in `first`; `select`, if there is one, is asked before they are queued. */
  subscribe(first: readonly T[] = [], select?: Select<T>): Subscription<T> {
    const queue = new BoundedQueue<T>(this.#capacity + first.length);
    for (const item of first) queue.offer(item);
    if (this.#ended) queue.end();
    else this.#remember(queue, select);
    return {
      batches: () => queue.batches(),
      [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
      [Symbol.dispose]: () => {
        this.#forget(queue);
        queue.end();
      },
    };
  }

  end(): void {
    this.#ended = true;
    for (const queue of this.#queues.keys()) {
      queue.end();
      this.#forget(queue);
    }
  }

  #remember(queue: BoundedQueue<T>, select: Select<T> | undefined): void {
    this.#queues.set(queue, select);
    queues.add(queue);
  }

  #forget(queue: BoundedQueue<T>): void {
    this.#queues.delete(queue);
    queues.delete(queue);
  }
}

/** For most items and subscribers it is nothing. */
const nothing: readonly never[] = [];

function selectFrom<T>(items: readonly T[], select: Select<T>): readonly T[] {
  let selected: T[] | undefined;
  for (const item of items) {
    const one = select(item);
    if (one !== undefined) (selected ??= []).push(one);
  }
  return selected ?? nothing;
}
