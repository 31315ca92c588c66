import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processIdentity } from './process-identity.ts';

/** The right to do something alone, among all replicas. Dispose gives it back. */
export interface Lease extends Disposable {
  readonly name: string;
}

/** Between two tries to give back what could not be given back; milliseconds. */
const retryEvery = 1_000;

/** The stores of this process that are open: a closed one holds nothing, though the process lives. */
const openStores = new Map<string, DatabaseSync>();

/**
 * Named leases in the service's store. One is free when it is given back, or its
 * holder's process has died, or has closed its store; never because of time: who
 * was away for long, stopped or busy, may be in the middle of writing. Their
 * connection is not that of the transactions: inside one, no lease can be taken
 * or given back.
 */
export class Leases {
  readonly #db: DatabaseSync;
  readonly #id = randomUUID();
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(db: DatabaseSync) {
    this.#db = db;
    for (const [id, store] of openStores) if (!store.isOpen) openStores.delete(id);
    openStores.set(this.#id, db);
    this.#forgetDead();
  }

  /** Takes the lease if nobody has it. */
  tryHold(name: string): Lease | undefined {
    const holder = `${processIdentity() ?? process.pid}/${this.#id}/${randomUUID()}`;
    if (!this.#take(name, holder)) return undefined;
    return { name, [Symbol.dispose]: () => this.#giveBack(name, holder) };
  }

  /** Takes the lease, waiting for it until `signal` aborts. In one process it is given in order of asking. */
  async hold(name: string, signal?: AbortSignal): Promise<Lease> {
    signal?.throwIfAborted();
    const before = this.#waiting.get(name);
    const turn = Promise.withResolvers<void>();
    const line = (before ?? Promise.resolve()).then(() => turn.promise);
    this.#waiting.set(name, line);
    const leave = (): void => {
      turn.resolve();
      if (this.#waiting.get(name) === line) this.#waiting.delete(name);
    };
    try {
      if (before) await unlessAborted(before, signal);
      const lease = await this.#poll(name, signal);
      return {
        name,
        [Symbol.dispose]: () => {
          lease[Symbol.dispose]();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Names of all leases that a live process holds. */
  held(): string[] {
    const rows = this.#db.prepare('SELECT name, holder FROM leases').all();
    return (rows as { name: string; holder: string }[]).filter(({ holder }) => isHolding(holder)).map(({ name }) => name);
  }

  /** Names that are used once would stay for ever when their holder has died. On a full disk they stay until the next start. */
  #forgetDead(): void {
    const rows = this.#db.prepare('SELECT name, holder FROM leases').all() as { name: string; holder: string }[];
    const forget = this.#db.prepare('DELETE FROM leases WHERE name = ? AND holder = ?');
    try {
      for (const { name, holder } of rows) if (!isHolding(holder)) forget.run(name, holder);
    } catch {
      // They keep nobody from anything.
    }
  }

  /** Never throws: what cannot be written now, on a full disk, is written when that is over. A closed store has ended all its leases. */
  #giveBack(name: string, holder: string): void {
    try {
      if (this.#db.isOpen) this.#db.prepare('DELETE FROM leases WHERE name = ? AND holder = ?').run(name, holder);
    } catch {
      setTimeout(() => this.#giveBack(name, holder), retryEvery).unref();
    }
  }

  async #poll(name: string, signal?: AbortSignal): Promise<Lease> {
    for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
      signal?.throwIfAborted();
      const lease = this.tryHold(name);
      if (lease) return lease;
      await sleep(pause, undefined, { signal });
    }
  }

  #take(name: string, holder: string): boolean {
    const present = this.#db.prepare('SELECT holder FROM leases WHERE name = ?').get(name);
    const owner = (present as { holder: string } | undefined)?.holder ?? '';
    if (owner !== '' && isHolding(owner)) return false;
    // Somebody else may just have taken it from the same one.
    const upsert = `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder WHERE holder = ?`;
    return this.#db.prepare(upsert).run(name, holder, never, owner).changes > 0;
  }
}

/** What the table wants of leases that ended by time. */
const never = Number.MAX_SAFE_INTEGER;

/** Whether the holder is still there: `process/store/lease`. */
function isHolding(holder: string): boolean {
  const [identity = '', store = ''] = holder.split('/');
  return identity === processIdentity() ? openStores.get(store)?.isOpen === true : isAlive(identity);
}

/** Waits, and rejects when `signal` aborts before; leaves nothing behind on that. */
async function unlessAborted(awaited: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return awaited;
  const aborting = Promise.withResolvers<never>();
  const abort = (): void => aborting.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([awaited, aborting.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
