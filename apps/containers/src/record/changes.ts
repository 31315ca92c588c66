import { EventEmitter } from 'node:events';
import type { Store } from '@arcbox/store';

/** While somebody waits, commits of other replicas are looked for this often; milliseconds. */
const lookPeriod = 25;

/**
 * Wakes those who wait for a container to change. Changes of this process come
 * at once; those of other replicas are seen by SQLite's data version, which is
 * read only while somebody waits.
 */
export class Changes implements Disposable {
  readonly #store: Store;
  readonly #emitter = new EventEmitter().setMaxListeners(0);
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  notify(id: string): void {
    this.#emitter.emit(id);
    this.#emitter.emit(anything);
  }

  /**
   * Calls `look` now and after every change of container `id` until it returns
   * something, and returns that. Throws when `signal` aborts.
   */
  until<T>(id: string, look: () => T | undefined, signal?: AbortSignal): Promise<T> {
    return this.#until([id, everything], look, signal);
  }

  /** The same after a change of any container. */
  untilAny<T>(look: () => T | undefined, signal?: AbortSignal): Promise<T> {
    return this.#until([anything], look, signal);
  }

  async #until<T>(names: readonly string[], look: () => T | undefined, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Before the first look, so that no commit falls between.
    this.#startLooking();
    const check = (): void => {
      try {
        const found = look();
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error as Error);
      }
    };
    const stop = (): void => reject(signal?.reason as Error);
    for (const name of names) this.#emitter.on(name, check);
    signal?.addEventListener('abort', stop, { once: true });
    check();
    try {
      return await promise;
    } finally {
      for (const name of names) this.#emitter.off(name, check);
      signal?.removeEventListener('abort', stop);
      this.#stopLooking();
    }
  }

  #startLooking(): void {
    if (this.#waiting++ > 0) return;
    this.#version = this.#dataVersion();
    this.#timer = setInterval(() => this.#lookAround(), lookPeriod);
    this.#timer.unref();
  }

  #stopLooking(): void {
    if (--this.#waiting === 0) clearInterval(this.#timer);
  }

  #lookAround(): void {
    if (!this.#store.db.isOpen) return clearInterval(this.#timer);
    const version = this.#dataVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.#emitter.emit(everything);
    this.#emitter.emit(anything);
  }

  #dataVersion(): number {
    return (this.#store.db.prepare('PRAGMA data_version').get() as { data_version: number }).data_version;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#emitter.removeAllListeners();
  }
}

/** Another replica has changed some container. */
const everything = '*';

/** Some container has changed. */
const anything = '?';
