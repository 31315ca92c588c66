import type { NatsConnection } from 'nats';
import { replay } from './replay.ts';
import { eventStream } from './subjects.ts';

/** Ids of the events that the stream took since `since` (milliseconds), with their places. */
export async function publishedIds(connection: NatsConnection, since: number): Promise<Map<string, number>> {
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const { state } = await manager.streams.info(eventStream);
  const ids = new Map<string, number>();
  for await (const message of replay(connection, { time: new Date(since) }, state.last_seq)) {
    ids.set(message.headers?.get('ce-id') ?? '', message.seq);
  }
  return ids;
}
