import { DeliverPolicy, type JsMsg, type NatsConnection, type OrderedConsumerOptions } from 'nats';
import { eventStream } from './subjects.ts';

/** Where a replay begins: a place in the stream, or a time. */
export type Start = { seq: number } | { time: Date };

/** What the stream holds from `start` up to and including sequence `last`. */
export async function* replay(
  connection: NatsConnection,
  start: Start,
  last: number,
  signal?: AbortSignal,
): AsyncGenerator<JsMsg, void, undefined> {
  if (last === 0 || ('seq' in start && start.seq > last)) return;
  const consumer = await connection.jetstream().consumers.get(eventStream, options(start));
  if ((await consumer.info()).num_pending === 0) return;
  const messages = await consumer.consume({ max_messages: 500 });
  const stop = (): void => void messages.close();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const message of messages) {
      if (message.seq > last) return;
      yield message;
      if (message.seq === last || message.info.pending === 0) return;
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    void consumer.delete().catch(() => {});
  }
}

function options(start: Start): Partial<OrderedConsumerOptions> {
  return 'seq' in start
    ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.seq }
    : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
}
