import { statSync } from 'node:fs';
import { Counter, Gauge } from '@arcbox/metrics';
import type { Store } from './store.ts';

const waiting = new Gauge('arcbox_outbox_events', 'Events that wait for the bus, of all replicas.');
const leases = new Gauge('arcbox_leases', 'Leases that are held, by all replicas.');
const bytes = new Gauge('arcbox_store_bytes', 'What the file of the state takes, with the log that belongs to it.');

/** `container`, `die`: the words are the engine's own. */
export const happened = new Counter('arcbox_events_total', 'Events that this process has written down.', ['type', 'action']);

/** Tells of a store until it is disposed. Replicas of a worker share theirs, and tell the same. */
export function tellOf(store: Store, file: string): Disposable {
  const stack = new DisposableStack();
  stack.use(waiting.from(() => store.outbox.waiting));
  stack.use(leases.from(() => store.leases.held().length));
  stack.use(bytes.from(() => sizeOf(file) + sizeOf(`${file}-wal`)));
  return stack;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
