import { randomUUID } from 'node:crypto';
import { currentCause, type RequestScope } from '@arcbox/request';
import type { Store } from './store.ts';
import { happened } from './store-metrics.ts';

/** A fact about an object, to be published once the transaction it is part of has committed. */
export interface NewEvent {
  /** container, image, network, volume, daemon. */
  readonly type: string;
  /** create, start, die, … as Docker names them. */
  readonly action: string;
  readonly actor: { readonly id: string; readonly attributes: { readonly [name: string]: string } };
}

export interface OutboxRow extends NewEvent {
  /** Place in the order of this store. */
  readonly seq: number;
  /** Unique for ever: the id that deduplicates. */
  readonly id: string;
  readonly timeNano: bigint;
  /** The request that it comes from; absent when nobody asked for it. */
  readonly cause?: RequestScope;
}

/** Published rows are kept this long, so that a bus that lost its tail gets them again; milliseconds. */
const keepPublished = 10 * 60_000;

/** How often older ones are looked for, which reads all of them; milliseconds. */
const lookForOld = 30_000;

/** Events that wait for the bus, in the order of the commits that made them. */
export class Outbox {
  readonly #store: Store;
  #onAppend: () => void = () => {};
  #lookedForOld = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Called after each commit that appended. */
  onAppend(listener: () => void): void {
    this.#onAppend = listener;
  }

  /**
   * Adds an event, with the present request as its cause; call it in the transaction that changes the state. Times
   * never go back or repeat.
   */
  append(event: NewEvent): void {
    this.#store.transaction(() => {
      const last = this.#store.prepare('SELECT time_nano FROM outbox ORDER BY seq DESC LIMIT 1').get();
      const after = BigInt((last as { time_nano: string } | undefined)?.time_nano ?? 0) + 1n;
      const now = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
      this.#store
        .prepare('INSERT INTO outbox (id, object, time_nano, event) VALUES (?, ?, ?, ?)')
        .run(randomUUID(), `${event.type}/${event.actor.id}`, String(now > after ? now : after), JSON.stringify({ ...event, cause: currentCause() }));
      this.#store.afterCommit(() => {
        happened.at({ type: event.type, action: event.action }).add();
        this.#onAppend();
      });
    });
  }

  /** Waiting events in order; at most one of an object, so that a batch may be published at once. */
  next(limit: number): OutboxRow[] {
    const rows = this.#store
      .prepare('SELECT * FROM outbox WHERE published_at IS NULL ORDER BY seq LIMIT ?')
      .all(limit) as unknown as (Row & { object: string })[];
    const objects = new Set<string>();
    return rows.filter(({ object }) => !objects.has(object) && objects.add(object)).map(decode);
  }

  /** Notes that the bus has these events, and where. Without that they are published again, and the bus knows their ids. */
  published(places: { seq: number; streamSeq: number }[]): void {
    const now = Date.now();
    this.#store.quickTransaction((db) => {
      const mark = db.prepare('UPDATE outbox SET published_at = ?, stream_seq = ? WHERE seq = ?');
      for (const { seq, streamSeq } of places) mark.run(now, streamSeq, seq);
      if (now - this.#lookedForOld < lookForOld) return;
      this.#lookedForOld = now;
      db.prepare('DELETE FROM outbox WHERE published_at < ? AND seq < (SELECT max(seq) FROM outbox)').run(now - keepPublished);
    });
  }

  /** Makes events beyond `streamSeq` wait again: the bus has lost what it had acknowledged. */
  republishAfter(streamSeq: number): number {
    const sql = 'UPDATE outbox SET published_at = NULL, stream_seq = NULL WHERE stream_seq > ?';
    return Number(this.#store.db.prepare(sql).run(streamSeq).changes);
  }

  /** Events that the bus has, with their places there, the last one first. */
  *places(): Generator<{ id: string; streamSeq: number }, void, undefined> {
    const sql = 'SELECT id, stream_seq FROM outbox WHERE stream_seq IS NOT NULL AND stream_seq < ? ORDER BY stream_seq DESC LIMIT 1';
    const next = this.#store.db.prepare(sql);
    for (let before = Number.MAX_SAFE_INTEGER; ; ) {
      const row = next.get(before) as { id: string; stream_seq: number } | undefined;
      if (!row) return;
      yield { id: row.id, streamSeq: row.stream_seq };
      before = row.stream_seq;
    }
  }

  /** Notes that the bus has the events with these ids (id → place) already. */
  forget(known: ReadonlyMap<string, number>): void {
    const waiting = this.#store.db.prepare('SELECT seq, id FROM outbox WHERE published_at IS NULL').all();
    this.published(
      (waiting as { seq: number; id: string }[]).flatMap(({ seq, id }) => {
        const streamSeq = known.get(id);
        return streamSeq === undefined ? [] : [{ seq, streamSeq }];
      }),
    );
  }

  get waiting(): number {
    const row = this.#store.prepare('SELECT count(*) AS n FROM outbox WHERE published_at IS NULL').get();
    return (row as { n: number }).n;
  }
}

interface Row {
  seq: number;
  id: string;
  time_nano: string;
  event: string;
}

function decode(row: Row): OutboxRow {
  return { ...(JSON.parse(row.event) as Pick<OutboxRow, keyof NewEvent | 'cause'>), seq: row.seq, id: row.id, timeNano: BigInt(row.time_nano) };
}
