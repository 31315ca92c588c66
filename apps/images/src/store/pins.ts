import { randomUUID } from 'node:crypto';
import type { Store } from '@arcbox/store';
import type { Digest } from '../image/digest.ts';
import type { Records } from './records.ts';

/** Keeps content from the garbage collection while work needs it. */
export class Pin implements Disposable {
  readonly #records: Records;
  readonly #id: string;
  readonly #lease: Disposable;

  private constructor(records: Records, id: string, lease: Disposable) {
    this.#records = records;
    this.#id = id;
    this.#lease = lease;
  }

  static hold(store: Store, records: Records): Pin {
    const id = randomUUID();
    const lease = store.leases.tryHold(leaseOf(id));
    if (!lease) throw new Error(`lease ${id} is taken`);
    return new Pin(records, id, lease);
  }

  /** What is pinned from now on, besides what was before. Look whether content is here only afterwards. */
  add(...digests: readonly Digest[]): void {
    const known = this.#records.pins.get(this.#id)?.digests ?? [];
    this.#records.pins.put({ id: this.#id, digests: [...new Set([...known, ...digests])] });
  }

  [Symbol.dispose](): void {
    this.#records.pins.delete(this.#id);
    this.#lease[Symbol.dispose]();
  }
}

/** Digests that somebody alive has pinned; forgets the pins of the dead. */
export function pinnedDigests(store: Store, records: Records): Set<Digest> {
  // In one transaction: a pin made between the two looks would seem to be a dead one's.
  return store.transaction(() => {
    const held = new Set(store.leases.held());
    const pinned = new Set<Digest>();
    for (const { id, digests } of records.pins.all()) {
      if (held.has(leaseOf(id))) for (const digest of digests) pinned.add(digest);
      else records.pins.delete(id);
    }
    return pinned;
  });
}

const leaseOf = (id: string): string => `pin/${id}`;
