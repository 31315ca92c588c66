import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import type { JetStreamManager } from 'nats';
import type { Bus } from './bus.ts';
import { messageAt } from './history.ts';
import { publishedIds } from './published.ts';
import { duplicateWindow, ensureStream } from './stream.ts';
import { eventStream } from './subjects.ts';

/**
 * Compares with the stream what this store believes to have published. The
 * server syncs its file only now and then: after a power cut its tail may be
 * gone, and those events are published again. Events older than the server's
 * memory of ids are looked up, so that none is stored twice.
 */
export async function reconcile(bus: Bus, store: Store, log: Logger, signal: AbortSignal): Promise<void> {
  const manager = await ensureStream(await bus.whenConnected(signal));
  const again = store.outbox.republishAfter(await lastIntact(manager, store));
  if (again > 0) log.warn({ events: again }, 'the event log lost its tail; publishing again');
  const [oldest] = store.outbox.next(1);
  if (!oldest) return;
  const since = Number(oldest.timeNano / 1_000_000n);
  if (Date.now() - since < duplicateWindow / 2) return;
  store.outbox.forget(await publishedIds(bus, since, signal));
}

/**
 * The last place in the stream that still holds what this store has put there.
 * Others may have written over a lost tail already, so it is known by the ids:
 * from the end backwards, the first that agrees.
 */
async function lastIntact(manager: JetStreamManager, store: Store): Promise<number> {
  const { state } = await manager.streams.info(eventStream);
  for (const { id, streamSeq } of store.outbox.places()) {
    // What has gone at the front was dropped for its age.
    if (streamSeq < state.first_seq) return streamSeq;
    if (streamSeq > state.last_seq) continue;
    if ((await messageAt(manager, streamSeq))?.header.get('ce-id') === id) return streamSeq;
  }
  return 0;
}
