import type { Event } from '@arcbox/proto/arcbox/v1/api';
import type { Bus } from './bus.ts';
import { subjectOf } from './subjects.ts';
import { decodeEvent } from './wire.ts';

/**
 * Calls `listener` for each event of one kind that is published while this
 * process is connected; of all processes that name the same `group`, for each
 * event one is called. For what may be missed: nothing is read from the log.
 * Dispose ends it.
 */
export function shareEvents(
  bus: Bus,
  { type, action, group }: { type: string; action: string; group: string },
  listener: (event: Event) => void,
): Disposable {
  const over = new AbortController();
  const subscribe = async (): Promise<void> => {
    const connection = await bus.connection;
    if (over.signal.aborted) return;
    const subscription = connection.subscribe(subjectOf({ type, action }), {
      queue: group,
      callback: (error, message) => {
        const event = error ? undefined : decodeEvent(message.data);
        if (event) listener(event);
      },
    });
    over.signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
  };
  // Rejects only when the bus is closed, and nobody listens any more.
  subscribe().catch(() => {});
  return { [Symbol.dispose]: () => over.abort() };
}
