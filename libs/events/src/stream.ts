import { usualEventRetention } from '@arcbox/config';
import { DiscardPolicy, type JetStreamManager, type NatsConnection, nanos, RetentionPolicy, StorageType } from 'nats';
import { limitsOf } from './retention.ts';
import { allEvents, eventStream } from './subjects.ts';

/** Within this time the same event id is stored once; milliseconds. */
export const duplicateWindow = 10 * 60_000;

/** Makes the event stream if it is not there. Safe when many ask at once. */
export async function ensureStream(connection: NatsConnection): Promise<JetStreamManager> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  try {
    await manager.streams.info(eventStream);
  } catch {
    await manager.streams.add({
      name: eventStream,
      subjects: [allEvents],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.Old,
      ...limitsOf(usualEventRetention),
      duplicate_window: nanos(duplicateWindow),
    });
  }
  return manager;
}
