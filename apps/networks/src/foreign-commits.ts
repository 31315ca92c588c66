import type { Store } from '@arcbox/store';

/** How often commits of other replicas are looked for; milliseconds. */
const period = 50;

/** Tells of commits of other replicas, for as long as somebody wants to know. */
export class ForeignCommits implements Disposable {
  readonly #store: Store;
  readonly #isWanted: () => boolean;
  readonly #tell: () => void;
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(store: Store, { isWanted, tell }: { isWanted: () => boolean; tell: () => void }) {
    this.#store = store;
    this.#isWanted = isWanted;
    this.#tell = tell;
  }

  /** Looks now and then, until it is not wanted any more. */
  watch(): void {
    this.#timer ??= setInterval(() => {
      if (!this.#store.db.isOpen || !this.#isWanted()) this[Symbol.dispose]();
      else this.look();
    }, period).unref();
  }

  /** Tells at once, if there was one since the last look. */
  look(): void {
    const { data_version: version } = this.#store.db.prepare('PRAGMA data_version').get() as { data_version: number };
    if (version === this.#version) return;
    this.#version = version;
    this.#tell();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
