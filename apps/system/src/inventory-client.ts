import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import type { Clients } from '@arcbox/rpc';

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

/** How long a worker may take to count, in milliseconds. */
const patience = 2_000;

const stoppedStates = ['created', 'exited', 'dead'];

/**
 * Counts what other workers keep. One that is away costs nothing but
 * freshness: containers run on without their worker, so the last numbers are
 * the best that can be said.
 */
export class Inventory {
  readonly #clients: Clients;
  #containers: ContainerCounts = { total: 0, running: 0, paused: 0, stopped: 0 };
  #images = 0;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async count(signal: AbortSignal): Promise<Counts> {
    const stale: string[] = [];
    await Promise.all([
      this.#countContainers(signal).catch(() => stale.push('containers')),
      this.#countImages(signal).catch(() => stale.push('images')),
    ]);
    signal.throwIfAborted();
    return { containers: this.#containers, images: this.#images, stale: stale.sort() };
  }

  async #countContainers(signal: AbortSignal): Promise<void> {
    const stub = await this.#clients.of(ContainerServiceDefinition);
    const { containers } = await stub.list({ all: true }, within(signal));
    const inState = (...states: string[]): number => containers.filter(({ state }) => states.includes(state)).length;
    this.#containers = {
      total: containers.length,
      running: inState('running'),
      paused: inState('paused'),
      stopped: inState(...stoppedStates),
    };
  }

  async #countImages(signal: AbortSignal): Promise<void> {
    const stub = await this.#clients.of(ImageServiceDefinition);
    const { images } = await stub.list({}, within(signal));
    this.#images = images.length;
  }
}

const within = (signal: AbortSignal) => ({ signal, deadline: new Date(Date.now() + patience) });
