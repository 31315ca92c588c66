import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@arcbox/log';
import { outsideRequest } from '@arcbox/request';

/** What has not ended by then is left to the next worker's recovery; milliseconds. */
const patience = 1_000;

/** Work that nobody waits for, except the end of the worker. */
export class Background implements AsyncDisposable {
  readonly #running = new Set<Promise<void>>();
  readonly #log: Logger;
  #closed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts `work`, for no request; a failure is logged, the patrol tries again what matters. */
  run(name: string, work: () => Promise<unknown>): void {
    if (this.#closed) return;
    const task = outsideRequest(work).then(
      () => {},
      (error: unknown) => this.#log.warn({ error, name }, 'background work failed'),
    );
    this.#running.add(task);
    void task.finally(() => this.#running.delete(task));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.race([Promise.all(this.#running), sleep(patience, undefined, { ref: false })]);
  }
}
