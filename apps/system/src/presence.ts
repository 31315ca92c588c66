import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Collection, isAlive, processIdentity, type Store } from '@arcbox/store';
import type { Phase } from './setup-status.ts';

interface ReplicaRecord {
  /** Name of the replica, `system-0`. */
  readonly id: string;
  readonly process: string;
  /** What it says of the engine. */
  readonly status?: ToldStatus;
}

/** What a replica tells the others of how the engine is. */
export interface ToldStatus {
  readonly phase: Phase;
  readonly message: string;
}

/** The last event gets this long to reach the bus when the worker stops, in milliseconds. */
const patience = 300;

/**
 * Who of this worker is here, so that the engine's `start` and `stop` are told
 * once, by the first that comes and the last that goes, however many replicas
 * there are. One that was killed has not stopped the engine: its place is just
 * free again.
 */
export class Presence implements AsyncDisposable {
  readonly #store: Store;
  readonly #replicas: Collection<ReplicaRecord>;
  readonly #node: string;
  #self: ReplicaRecord;
  /** Nobody of this worker is here, and whoever was last has been killed. */
  readonly followsCrash: boolean;
  /** Another replica was here first. */
  readonly joins: boolean;

  constructor(store: Store, { node, replica }: { node: string; replica: string }) {
    this.#store = store;
    this.#replicas = store.collection<ReplicaRecord>('replicas');
    this.#node = node;
    this.#self = { id: replica, process: processIdentity() ?? '' };
    const known = this.#replicas.all();
    this.joins = known.some(({ id, process }) => id !== replica && isAlive(process));
    this.followsCrash = known.length > 0 && known.every(({ process }) => !isAlive(process));
  }

  enter(): void {
    this.#store.transaction(() => {
      if (this.#othersAlive() === 0) this.#tell('start');
      this.#replicas.put(this.#self);
    });
  }

  /** Tells the others how the engine is, once this replica is one of them. */
  tell({ phase, message }: ToldStatus): void {
    this.#self = { ...this.#self, status: { phase, message } };
    if (this.#replicas.get(this.#self.id)?.process === this.#self.process) this.#replicas.put(this.#self);
  }

  /** What the other replicas that run say of the engine. */
  get told(): ToldStatus[] {
    const others = this.#replicas.all().filter(({ id, process }) => id !== this.#self.id && isAlive(process));
    return others.flatMap(({ status }) => status ?? []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#store.transaction(() => {
      const entered = this.#replicas.delete(this.#self.id);
      if (entered && this.#othersAlive() === 0) this.#tell('stop');
    });
    for (const end = Date.now() + patience; this.#store.outbox.waiting > 0 && Date.now() < end; ) await sleep(10);
  }

  /** Counts the other replicas that run, forgetting those that do not. */
  #othersAlive(): number {
    const others = this.#replicas.all().filter(({ id }) => id !== this.#self.id);
    const dead = others.filter(({ process }) => !isAlive(process));
    for (const { id } of dead) this.#replicas.delete(id);
    return others.length - dead.length;
  }

  #tell(action: 'start' | 'stop'): void {
    const actor = { id: this.#node, attributes: { name: hostname() } };
    this.#store.outbox.append({ type: 'daemon', action, actor });
  }
}
