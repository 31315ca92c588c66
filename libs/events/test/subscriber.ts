import { Event } from '@arcbox/proto/arcbox/v1/api';
import { connect, type MsgHdrs, type NatsConnection } from 'nats';

export interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly headers: MsgHdrs | undefined;
  readonly event: Event;
}

/** Everything in the event stream, read as any NATS client would. */
export async function everything(url: string): Promise<Stored[]> {
  const connection: NatsConnection = await connect({ servers: url.replace('nats://', '') });
  try {
    const manager = await connection.jetstreamManager();
    const { state } = await manager.streams.info('ARCBOX_EVENTS').catch(() => ({ state: { first_seq: 1, last_seq: 0 } }));
    const stored: Stored[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await manager.streams.getMessage('ARCBOX_EVENTS', { seq });
      stored.push({ seq, subject: message.subject, headers: message.header, event: Event.decode(message.data) });
    }
    return stored;
  } finally {
    await connection.close();
  }
}
