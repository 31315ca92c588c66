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

/** What one subscriber reads; disposing it ends the reading, also one that waits. */
export type Subscription<T> = AsyncIterable<T> & Disposable;

/** Every item to every subscriber, each with a queue of its own; a full one is failed. */
export class FanOut<T> {
  readonly #queues = new Set<BoundedQueue<T>>();
  readonly #capacity: number;
  #ended = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get subscribers(): number {
    return this.#queues.size;
  }

  publish(item: T): void {
    for (const queue of this.#queues) {
      if (queue.offer(item)) continue;
      this.#forget(queue);
      slow.add();
      queue.fail(new SlowReaderError(`reader fell ${this.#capacity} items behind`));
    }
  }

  /** All items from this call on, after those in `first`. */
  subscribe(first: readonly T[] = []): Subscription<T> {
    const queue = new BoundedQueue<T>(this.#capacity + first.length);
    for (const item of first) queue.offer(item);
    if (this.#ended) queue.end();
    else this.#remember(queue);
    return {
      [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
      [Symbol.dispose]: () => {
        this.#forget(queue);
        queue.end();
      },
    };
  }

  end(): void {
    this.#ended = true;
    for (const queue of this.#queues) {
      queue.end();
      this.#forget(queue);
    }
  }

  #remember(queue: BoundedQueue<T>): void {
    this.#queues.add(queue);
    queues.add(queue);
  }

  #forget(queue: BoundedQueue<T>): void {
    this.#queues.delete(queue);
    queues.delete(queue);
  }
}
