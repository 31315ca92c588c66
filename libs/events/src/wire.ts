import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { OutboxRow } from '@arcbox/store';
import { headers, type MsgHdrs } from 'nats';

export function encodeEvent(row: OutboxRow): Uint8Array {
  return Event.encode(
    Event.fromPartial({ type: row.type, action: row.action, actor: row.actor, timeNano: row.timeNano }),
  ).finish();
}

/** Binary content mode of the CloudEvents NATS binding 1.0.2, and the id that deduplicates. */
export function headersOf(row: OutboxRow, source: string): MsgHdrs {
  const result = headers();
  result.set('ce-specversion', '1.0');
  result.set('ce-id', row.id);
  result.set('ce-source', source);
  result.set('ce-type', `arcbox.events.v1.${row.type}.${row.action}`);
  result.set('ce-time', formatTime(row.timeNano));
  result.set('ce-subject', row.actor.id);
  result.set('content-type', 'application/protobuf');
  result.set('Nats-Msg-Id', row.id);
  return result;
}

/** RFC 3339 with nanoseconds. */
function formatTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}
