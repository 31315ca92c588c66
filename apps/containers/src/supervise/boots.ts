import { readFileSync } from 'node:fs';
import type { Logger } from '@arcbox/log';
import type { Collection, Store } from '@arcbox/store';
import type { Containers } from '../record/containers.ts';
import type { Ends } from './ends.ts';
import { startsAtBoot } from './restart-policy.ts';

export interface BootDeps {
  readonly store: Store;
  readonly containers: Containers;
  readonly ends: Ends;
  readonly log: Logger;
}

interface Boot {
  readonly id: 'last';
  /** As the kernel names it. */
  readonly boot: string;
}

/** The kernel's name for the time since the host has started; random(4). */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/**
 * Tells a restart of the host from that of a worker, and does what the first one
 * asks for: no run is left, and policies start containers again in the order of
 * their labels.
 */
export class Boots {
  readonly #deps: BootDeps;
  readonly #records: Collection<Boot>;
  readonly #present: string;

  constructor(deps: BootDeps, present: string) {
    this.#deps = deps;
    this.#records = deps.store.collection<Boot>('boots');
    this.#present = present;
  }

  /** One replica at a time. What a worker has left half done here, the next one does again. */
  look(): void {
    const seen = this.#records.get('last')?.boot;
    if (seen === this.#present) return;
    if (seen !== undefined) this.#begin();
    this.#records.put({ id: 'last', boot: this.#present });
  }

  #begin(): void {
    const { containers, ends, log } = this.#deps;
    log.info('the host has restarted');
    // Whatever a pid from before the restart names now, it is not the container.
    for (const container of containers.running()) ends.lost(container);
    for (const { id } of containers.all()) {
      containers.transition(id, (container) => {
        const { status } = container;
        if (status.state !== 'restarting' && !startsAtBoot(container)) return undefined;
        const retry = { at: Date.now(), delay: status.retry?.delay ?? 0, sinceBoot: true } as const;
        return { status: { ...status, state: 'restarting', stopWanted: undefined, retry } };
      });
    }
  }
}
