import type { Logger } from '@arcbox/log';
import type { OutboxRow, Store } from '@arcbox/store';
import { Signal } from '@arcbox/stream';
import type { NatsConnection } from 'nats';
import type { Bus } from './bus.ts';
import { publishedIds } from './published.ts';
import { duplicateWindow, ensureStream } from './stream.ts';
import { eventStream, subjectOf } from './subjects.ts';
import { encodeEvent, headersOf } from './wire.ts';

/** Events in one pipelined batch. */
const batchSize = 256;

/** How often a replica looks for events that another one left behind, in milliseconds. */
const patrol = 1_000;

/** How soon it looks again while another replica is publishing, in milliseconds. */
const retry = 10;

/**
 * Publishes the outbox of `store` to JetStream, in order per object and once
 * each. All replicas run a relay; a lease lets one of them work at a time. The
 * holder gives the lease up only after it has seen the outbox empty, so whoever
 * finds it taken may leave its events to the holder.
 */
export function startRelay(options: { bus: Bus; store: Store; source: string; log: Logger }): AsyncDisposable {
  const abort = new AbortController();
  const wake = new Signal();
  options.store.outbox.onAppend(() => wake.raise());
  options.bus.onReconnect(() => wake.raise(), abort.signal);
  const running = run(options, wake, abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}

async function run(
  options: { bus: Bus; store: Store; source: string; log: Logger },
  wake: Signal,
  signal: AbortSignal,
): Promise<void> {
  const { bus, store, source, log } = options;
  const connection = await Promise.race([bus.connection, aborted(signal)]).catch(() => undefined);
  if (!connection || signal.aborted) return;
  let checked = false;
  bus.onReconnect(() => (checked = false), signal);
  while (!signal.aborted) {
    try {
      if (bus.connected) {
        using lease = store.leases.tryHold('outbox-relay');
        if (lease) {
          if (!checked) await reconcile(connection, store, log);
          checked = true;
          await drain(connection, store, source, signal);
        }
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ error }, 'events wait: publishing failed');
      checked = false;
      await wake.wait(200, signal);
    }
    // Events may wait here because another replica is at them; it may not see the last ones before it leaves.
    const busy = bus.connected && store.outbox.waiting > 0;
    await wake.wait(busy ? retry : patrol, signal);
  }
}

async function drain(connection: NatsConnection, store: Store, source: string, signal: AbortSignal): Promise<void> {
  for (let rows = store.outbox.next(batchSize); rows.length > 0; rows = store.outbox.next(batchSize)) {
    const places = await Promise.allSettled(rows.map((row) => publish(connection, row, source)));
    store.outbox.published(places.filter((place) => place.status === 'fulfilled').map((place) => place.value));
    const failed = places.find((place) => place.status === 'rejected');
    if (failed) throw failed.reason;
    if (signal.aborted) return;
  }
}

async function publish(
  connection: NatsConnection,
  row: OutboxRow,
  source: string,
): Promise<{ seq: number; streamSeq: number }> {
  const ack = await connection
    .jetstream()
    .publish(subjectOf(row), encodeEvent(row), { headers: headersOf(row, source), timeout: 5_000 });
  return { seq: row.seq, streamSeq: ack.seq };
}

/**
 * Compares with the stream what this store believes to have published. The
 * server syncs its file only now and then: after a power cut its tail may be
 * gone, and those events are published again. Events older than the server's
 * memory of ids are looked up, so that none is stored twice.
 */
async function reconcile(connection: NatsConnection, store: Store, log: Logger): Promise<void> {
  const manager = await ensureStream(connection);
  const { state } = await manager.streams.info(eventStream);
  const again = store.outbox.republishAfter(state.last_seq);
  if (again > 0) log.warn({ events: again }, 'the event log lost its tail; publishing again');
  const [oldest] = store.outbox.next(1);
  if (!oldest) return;
  const since = Number(oldest.timeNano / 1_000_000n);
  if (Date.now() - since < duplicateWindow / 2) return;
  const known = await publishedIds(connection, since);
  store.outbox.forget(known);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}
