import type { DatabaseSync } from 'node:sqlite';

/** How long an answer is remembered, in milliseconds. */
const remember = 24 * 60 * 60_000;

/** First answers to calls that carried an idempotency key. */
export class Answers {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The answer to `key`, with the hash of the request that it answered. */
  get(key: string): { request: string; response: Uint8Array } | undefined {
    const row = this.#db.prepare('SELECT request, response FROM answers WHERE key = ? AND expires_at > ?');
    return row.get(key, Date.now()) as { request: string; response: Uint8Array } | undefined;
  }

  put(key: string, request: string, response: Uint8Array): void {
    const now = Date.now();
    this.#db.prepare('DELETE FROM answers WHERE expires_at <= ?').run(now);
    this.#db
      .prepare('INSERT OR REPLACE INTO answers (key, request, response, expires_at) VALUES (?, ?, ?, ?)')
      .run(key, request, response, now + remember);
  }
}
