import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processIdentity } from './process-identity.ts';

/** The right to do something alone, among all replicas. Dispose gives it back. */
export interface Lease extends Disposable {
  readonly name: string;
}

/** A live holder renews every third of this; milliseconds. */
const timeToLive = 15_000;

/**
 * Named leases in the service's store. A lease whose holder has died, or has
 * not renewed it for 15 s, is free. Their connection is not that of the
 * transactions: inside one, no lease can be taken or given back.
 */
export class Leases {
  readonly #db: DatabaseSync;
  readonly #waiting = new Map<string, Promise<void>>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Takes the lease if nobody has it. */
  tryHold(name: string): Lease | undefined {
    const holder = `${processIdentity() ?? process.pid}/${randomUUID()}`;
    if (!this.#take(name, holder)) return undefined;
    const renew = setInterval(() => this.#renew(name, holder), timeToLive / 3);
    renew.unref();
    return {
      name,
      [Symbol.dispose]: () => {
        clearInterval(renew);
        this.#giveBack(name, holder);
      },
    };
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
      if (before) await Promise.race([before, aborted(signal)]);
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
    const rows = this.#db.prepare('SELECT name, holder FROM leases WHERE expires_at > ?').all(Date.now());
    return (rows as { name: string; holder: string }[])
      .filter((row) => isAlive(row.holder.split('/')[0] ?? ''))
      .map((row) => row.name);
  }

  /** Never throws: on a full disk nothing can be written, and a lease that is not given back expires. */
  #giveBack(name: string, holder: string): void {
    try {
      if (this.#db.isOpen) this.#db.prepare('DELETE FROM leases WHERE name = ? AND holder = ?').run(name, holder);
    } catch {
      // Others wait until it expires.
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

  /** A store that is busy now is asked again in time; one that is closed has ended all its leases. */
  #renew(name: string, holder: string): void {
    if (!this.#db.isOpen) return;
    try {
      this.#db
        .prepare('UPDATE leases SET expires_at = ? WHERE name = ? AND holder = ?')
        .run(Date.now() + timeToLive, name, holder);
    } catch {
      // The next round comes well before it runs out.
    }
  }

  #take(name: string, holder: string): boolean {
    const expires = Date.now() + timeToLive;
    const upsert = `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
      ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
      WHERE expires_at < ? OR holder = ?`;
    const present = this.#db.prepare('SELECT holder FROM leases WHERE name = ?').get(name);
    const owner = (present as { holder: string } | undefined)?.holder ?? '';
    const dead = owner !== '' && !isAlive(owner.split('/')[0] ?? '') ? owner : '';
    return this.#db.prepare(upsert).run(name, holder, expires, Date.now(), dead).changes > 0;
  }
}

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
