import type { Collection, Store } from '@arcbox/store';

/** How a container ended that is no longer there. */
export interface Ending {
  readonly id: string;
  readonly exitCode: number;
  readonly error: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Idempotency key of the call that removed it. */
  readonly removalKey?: string | undefined;
}

/** An ending is remembered for those who wait for it this long, in milliseconds. */
const remembered = 10 * 60_000;

/** How those ended that went lately. */
export class Endings {
  readonly #records: Collection<Ending>;

  constructor(store: Store) {
    this.#records = store.collection<Ending>('endings', { indexes: { removalKey: '$.removalKey' } });
  }

  of(id: string): Ending | undefined {
    return this.#records.get(id);
  }

  /** Whether a call with this key has removed one. */
  hasRemoved(key: string): boolean {
    return this.#records.findBy('removalKey', key).length > 0;
  }

  remember(ending: Ending): void {
    this.#records.put(ending);
  }

  /** Forgets how containers ended that went long ago. */
  forgetOld(): void {
    const limit = Date.now() - remembered;
    for (const ending of this.#records.all()) {
      if (ending.at > limit) return;
      this.#records.delete(ending.id);
    }
  }
}
