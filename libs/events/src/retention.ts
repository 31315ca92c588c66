import type { EventRetention } from '@arcbox/config';
import { type JetStreamManager, nanos } from 'nats';
import { descriptionOf } from './log-identity.ts';
import { eventStream } from './subjects.ts';

/** The limits as the stream writes them. */
export const limitsOf = ({ maxAge, maxBytes }: EventRetention): { max_age: number; max_bytes: number } => {
  return { max_age: nanos(maxAge), max_bytes: maxBytes };
};

/** Gives the stream these limits and leaves all the rest of it as it is, but for an empty description; what is beyond them is dropped at once. */
export async function applyRetention(manager: JetStreamManager, retention: EventRetention): Promise<void> {
  const info = await manager.streams.info(eventStream);
  const { max_age, max_bytes, description } = info.config;
  const wanted = { ...limitsOf(retention), description: descriptionOf(info) };
  if (max_age === wanted.max_age && max_bytes === wanted.max_bytes && description === wanted.description) return;
  await manager.streams.update(eventStream, wanted);
}
