import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { Answers } from './answers.ts';
import { Collection, type CollectionOptions, type Record } from './collection.ts';
import { Leases } from './leases.ts';
import { Outbox } from './outbox.ts';
import { keepRoom } from './room.ts';
import { tellOf } from './store-metrics.ts';

/** Tables that every store has. Append only: a file on disk remembers how many it has run. */
const migrations = [
  `CREATE TABLE outbox (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     object TEXT NOT NULL,
     time_nano TEXT NOT NULL,
     event TEXT NOT NULL,
     published_at INTEGER,
     stream_seq INTEGER
   ) STRICT;
   CREATE INDEX outbox_waiting ON outbox (seq) WHERE published_at IS NULL;
   CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
   CREATE TABLE answers (
     key TEXT PRIMARY KEY, request TEXT NOT NULL, response BLOB, expires_at INTEGER NOT NULL
   ) STRICT;`,
];

export interface StoreOptions {
  /** What ends and goes can be written down on a full disk as well. */
  readonly keepRoom?: boolean;
}

/** How long a writer waits for another process that writes, in milliseconds. */
const busyTimeout = 10_000;

/**
 * The state of one service: a SQLite file (WAL, every commit synced to disk)
 * that all replicas of the service on this node share. Nobody else opens it.
 */
export class Store implements Disposable {
  readonly db: DatabaseSync;
  /** For what need not outlive a power cut, as leases, whose holders do not either: its commits wait for no disk. */
  readonly #quickDb: DatabaseSync;
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly #told: Disposable;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  #afterCommit: (() => void)[] = [];

  constructor(file: string, options: StoreOptions = {}) {
    this.db = new DatabaseSync(file, { timeout: busyTimeout });
    this.db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;');
    this.#migrate();
    if (options.keepRoom) keepRoom(this.db, file);
    this.#quickDb = new DatabaseSync(file, { timeout: busyTimeout });
    this.#quickDb.exec('PRAGMA synchronous=NORMAL');
    this.leases = new Leases(this.#quickDb);
    this.outbox = new Outbox(this);
    this.answers = new Answers(this.db);
    this.#told = tellOf(this, file);
  }

  /** Opens, and makes if missing, a collection of typed records. */
  collection<T extends Record>(name: string, options: CollectionOptions<T> = {}): Collection<T> {
    return new Collection<T>(this, name, options);
  }

  /** A statement of `db`, made once: to read it takes SQLite longer than most of what we ask for. */
  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  /**
   * Runs `work` in one write transaction: all of it is on disk when this
   * returns, or none. `work` must be synchronous; a transaction inside another
   * is part of it.
   */
  transaction<R>(work: () => R): R {
    if (this.#depth > 0) return work();
    this.db.exec('BEGIN IMMEDIATE');
    this.#depth++;
    let result: R;
    try {
      result = work();
      this.db.exec('COMMIT');
    } catch (error) {
      this.#afterCommit = [];
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
    const actions = this.#afterCommit.splice(0);
    for (const action of actions) action();
    return result;
  }

  /**
   * As `transaction`, for marks that a power cut may take back: whoever waits for the disk next takes them along. Not
   * inside another transaction. What it gives to `work` is the connection to use.
   */
  quickTransaction<R>(work: (db: DatabaseSync) => R): R {
    const db = this.#quickDb;
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work(db);
      db.exec('COMMIT');
      return result;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Runs `action` once the present transaction is on disk, or at once outside one. */
  afterCommit(action: () => void): void {
    if (this.#depth === 0) action();
    else this.#afterCommit.push(action);
  }

  [Symbol.dispose](): void {
    this.#told[Symbol.dispose]();
    for (const db of [this.#quickDb, this.db]) if (db.isOpen) db.close();
  }

  #migrate(): void {
    this.db.exec('BEGIN IMMEDIATE');
    const { user_version: done } = this.db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (done > migrations.length) {
      this.db.exec('ROLLBACK');
      throw new Error(`the store was written by a newer version (schema ${done}, known ${migrations.length})`);
    }
    for (const migration of migrations.slice(done)) this.db.exec(migration);
    this.db.exec(`PRAGMA user_version=${migrations.length}; COMMIT`);
  }
}

/** Opens the store in `file`, making its directory. */
export function openStore(file: string, options?: StoreOptions): Store {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return new Store(file, options);
}
