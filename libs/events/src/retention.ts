import type { EventRetention } from '@arcbox/config';
import { type JetStreamManager, nanos } from 'nats';
import { eventStream } from './subjects.ts';

/** The limits as the stream writes them. */
export const limitsOf = ({ maxAge, maxBytes }: EventRetention): { max_age: number; max_bytes: number } => {
  return { max_age: nanos(maxAge), max_bytes: maxBytes };
};

/** Gives the stream these limits and leaves all the rest of it as it is; what is beyond them is dropped at once. */
export async function applyRetention(manager: JetStreamManager, retention: EventRetention): Promise<void> {
  const wanted = limitsOf(retention);
  const { config } = await manager.streams.info(eventStream);
  if (config.max_age === wanted.max_age && config.max_bytes === wanted.max_bytes) return;
  await manager.streams.update(eventStream, wanted);
}
