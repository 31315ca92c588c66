import type { Logger } from '@arcbox/log';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import type { Clients } from '@arcbox/rpc';
import type { Collection, Store } from '@arcbox/store';

export interface ContainerCounts {
  readonly total: number;
  readonly running: number;
  readonly paused: number;
  readonly stopped: number;
}

export interface Counts {
  readonly containers: ContainerCounts;
  readonly images: number;
  /** Parts whose worker did not answer: their numbers are the last known ones. */
  readonly stale: readonly string[];
}

/** What any replica has counted last. */
interface Counted {
  readonly id: 'counted';
  readonly containers: ContainerCounts;
  readonly images: number;
}

/** How long a worker may take to count, in milliseconds. */
const patience = 2_000;

const stoppedStates = ['created', 'exited', 'dead'];

const nothing: Counted = { id: 'counted', containers: { total: 0, running: 0, paused: 0, stopped: 0 }, images: 0 };

/**
 * Counts what other workers keep. One that is away costs nothing but
 * freshness: containers run on without their worker, so the last numbers are
 * the best that can be said, at any replica and after any restart.
 */
export class Inventory {
  readonly #clients: Clients;
  readonly #known: Collection<Counted>;
  readonly #log: Logger;

  constructor(clients: Clients, store: Store, log: Logger) {
    this.#clients = clients;
    this.#known = store.collection<Counted>('inventory');
    this.#log = log;
  }

  async count(signal: AbortSignal): Promise<Counts> {
    const stale: string[] = [];
    const [containers, images] = await Promise.all([
      this.#countContainers(signal).catch(() => void stale.push('containers')),
      this.#countImages(signal).catch(() => void stale.push('images')),
    ]);
    signal.throwIfAborted();
    const known = this.#known.get('counted') ?? nothing;
    const counted = { ...known, ...(containers && { containers }), ...(images !== undefined && { images }) };
    if (JSON.stringify(counted) !== JSON.stringify(known)) this.#remember(counted);
    return { containers: counted.containers, images: counted.images, stale: stale.sort() };
  }

  /** On a full disk they are not, which matters only to who asks while a worker is away. */
  #remember(counted: Counted): void {
    try {
      this.#known.put(counted);
    } catch (error) {
      this.#log.warn({ error }, 'numbers of containers and images were not kept');
    }
  }

  async #countContainers(signal: AbortSignal): Promise<ContainerCounts> {
    const stub = await this.#clients.of(ContainerServiceDefinition);
    const { containers } = await stub.list({ all: true }, within(signal));
    const inState = (...states: string[]): number => containers.filter(({ state }) => states.includes(state)).length;
    return { total: containers.length, running: inState('running'), paused: inState('paused'), stopped: inState(...stoppedStates) };
  }

  async #countImages(signal: AbortSignal): Promise<number> {
    const stub = await this.#clients.of(ImageServiceDefinition);
    const { images } = await stub.list({}, within(signal));
    return images.length;
  }
}

const within = (signal: AbortSignal) => ({ signal, deadline: new Date(Date.now() + patience) });
