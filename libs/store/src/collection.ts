import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Store } from './store.ts';

/** What a collection keeps: plain JSON with an id. */
export interface Record {
  readonly id: string;
}

export interface CollectionOptions<T> {
  /** Version of the shape of T; 1 when not given. */
  version?: number;
  /** Turns a document of an older version into the present shape. */
  upgrade?: (document: unknown, version: number) => T;
  /** Index name → JSON path, like `{ name: '$.name' }`. */
  indexes?: { [name: string]: string };
  /** The same, where no two records may have the same value (null apart). */
  unique?: { [name: string]: string };
}

type Row = { doc: string; version: number };

/**
 * Records of one type. Reads see the last commit of any replica and wait for
 * nobody. The caller wraps what belongs together in `store.transaction`.
 */
export class Collection<T extends Record> {
  readonly #store: Store;
  readonly #table: string;
  readonly #version: number;
  readonly #upgrade: CollectionOptions<T>['upgrade'];
  readonly #paths: { [index: string]: string };

  constructor(store: Store, name: string, options: CollectionOptions<T>) {
    if (!/^[a-z_]+$/.test(name)) throw new Error(`not a collection name: ${name}`);
    this.#store = store;
    this.#table = `c_${name}`;
    this.#version = options.version ?? 1;
    this.#upgrade = options.upgrade;
    this.#paths = { ...options.indexes, ...options.unique };
    const unique = Object.keys(options.unique ?? {});
    store.transaction(() => {
      store.db.exec(
        `CREATE TABLE IF NOT EXISTS ${this.#table} (id TEXT PRIMARY KEY, version INTEGER NOT NULL, doc TEXT NOT NULL) STRICT`,
      );
      for (const [index, path] of Object.entries(this.#paths)) {
        const kind = unique.includes(index) ? 'UNIQUE INDEX' : 'INDEX';
        store.db.exec(
          `CREATE ${kind} IF NOT EXISTS ${this.#table}_${index} ON ${this.#table} (json_extract(doc, '${path}'))`,
        );
      }
    });
  }

  get(id: string): T | undefined {
    const row = this.#prepare('SELECT doc, version FROM @ WHERE id = ?').get(id) as Row | undefined;
    return row && this.#decode(row);
  }

  /** All records, oldest insertion first. */
  all(): T[] {
    return this.#decodeAll(this.#prepare('SELECT doc, version FROM @ ORDER BY rowid').all());
  }

  /** Records whose indexed value equals `value`. */
  findBy(index: string, value: SQLInputValue): T[] {
    const path = this.#paths[index];
    if (path === undefined) throw new Error(`${this.#table} has no index ${index}`);
    const sql = `SELECT doc, version FROM @ WHERE json_extract(doc, '${path}') = ? ORDER BY rowid`;
    return this.#decodeAll(this.#prepare(sql).all(value));
  }

  /** How many records have each of the values of an index. */
  countBy(index: string): Map<string, number> {
    const path = this.#paths[index];
    if (path === undefined) throw new Error(`${this.#table} has no index ${index}`);
    const value = `json_extract(doc, '${path}')`;
    const rows = this.#prepare(`SELECT ${value} AS value, count(*) AS n FROM @ GROUP BY ${value}`).all();
    return new Map((rows as { value: unknown; n: number }[]).map(({ value: key, n }) => [String(key), n]));
  }

  /** Records whose id begins with `prefix`, at most `limit`. */
  findByPrefix(prefix: string, limit = 10): T[] {
    const sql = 'SELECT doc, version FROM @ WHERE id >= ? AND id < ? ORDER BY id LIMIT ?';
    return this.#decodeAll(this.#prepare(sql).all(prefix, `${prefix}\u{10ffff}`, limit));
  }

  count(): number {
    return (this.#prepare('SELECT count(*) AS n FROM @').get() as { n: number }).n;
  }

  /** Inserts or replaces. Throws SQLITE_CONSTRAINT when a unique index forbids it. */
  put(record: T): void {
    this.#prepare(
      'INSERT INTO @ (id, version, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET version = excluded.version, doc = excluded.doc',
    ).run(record.id, this.#version, JSON.stringify(record));
  }

  /**
   * Reads, changes and writes one record in one transaction. `change` returns
   * the new record, or undefined to leave it; so does this.
   */
  update(id: string, change: (record: T) => T | undefined): T | undefined {
    return this.#store.transaction(() => {
      const record = this.get(id);
      const changed = record && change(record);
      if (changed) this.put(changed);
      return changed;
    });
  }

  /** True when it was there. */
  delete(id: string): boolean {
    return this.#prepare('DELETE FROM @ WHERE id = ?').run(id).changes > 0;
  }

  #prepare(sql: string): StatementSync {
    return this.#store.prepare(sql.replace('@', this.#table));
  }

  #decodeAll(rows: unknown[]): T[] {
    return (rows as Row[]).map((row) => this.#decode(row));
  }

  #decode(row: Row): T {
    const document: unknown = JSON.parse(row.doc);
    if (row.version === this.#version) return document as T;
    if (!this.#upgrade || row.version > this.#version) {
      throw new Error(`${this.#table}: record of version ${row.version}, known is ${this.#version}`);
    }
    return this.#upgrade(document, row.version);
  }
}
