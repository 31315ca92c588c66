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
  readonly #queues = new Map<BoundedQueue<T>, Select<T>>();
  readonly #capacity: number;
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get subscribers(): number {
    return this.#queues.size;
  }

  publish(item: T): void {
    for (const [queue, select] of this.#queues) {
      const selected = select(item);
      if (selected === undefined || queue.offer(selected)) continue;
      this.#forget(queue);
      slow.add();
      queue.fail(new SlowReaderError(`reader fell ${this.#capacity} items behind`));
    }
  }

  /** All items from this call on, after those in `first`; `select` is asked before they are queued. */
  subscribe(first: readonly T[] = [], select: Select<T> = (item) => item): Subscription<T> {
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

  #remember(queue: BoundedQueue<T>, select: Select<T>): void {
    this.#queues.set(queue, select);
    queues.add(queue);
  }

  #forget(queue: BoundedQueue<T>): void {
    this.#queues.delete(queue);
    queues.delete(queue);
  }
}
