import type { Bus } from './bus.ts';
import { eventStream } from './subjects.ts';
import { tail } from './tail.ts';

/** Ids of the events that the stream took since `since` (milliseconds), with their places. */
export async function publishedIds(bus: Bus, since: number, signal: AbortSignal): Promise<Map<string, number>> {
  const connection = await bus.whenConnected(signal);
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const { last_seq: last } = (await manager.streams.info(eventStream)).state;
  const ids = new Map<string, number>();
  for await (const messages of tail(bus, { start: { time: new Date(since) }, last, signal })) {
    for (const { headers, seq } of messages) ids.set(headers?.get('ce-id') ?? '', seq);
  }
  return ids;
}
