import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { RequestScope } from '@arcbox/request';
import type { OutboxRow } from '@arcbox/store';
import { headers, type MsgHdrs } from 'nats';

/** Bytes that headers may take of what the server accepts for a message. */
const headerRoom = 16 * 1024;

/**
 * The event as a message of at most `largest` bytes with its headers. Labels come
 * from images and clients, and may be of any size: what does not fit is left out,
 * the longest first, since an event that never goes out would keep those behind
 * it waiting for ever.
 */
export function encodeEvent(row: OutboxRow, largest: number): Uint8Array {
  const whole = encode(row, row.actor.attributes);
  const room = largest - headerRoom;
  return whole.length <= room ? whole : encode(row, shortened(row.actor.attributes, room));
}

function encode({ type, action, actor, timeNano }: OutboxRow, attributes: { readonly [name: string]: string }): Uint8Array {
  return Event.encode(Event.fromPartial({ type, action, actor: { id: actor.id, attributes }, timeNano })).finish();
}

function shortened(attributes: { readonly [name: string]: string }, room: number): { [name: string]: string } {
  // Tags and lengths of a map's entry take less than 32 bytes.
  const sized = Object.entries(attributes).map(([name, value]) => {
    return { name, value, size: Buffer.byteLength(name) + Buffer.byteLength(value) + 32 };
  });
  let left = room - 1024;
  const kept = sized.sort((a, b) => a.size - b.size).filter(({ size }) => (left -= size) >= 0);
  return Object.fromEntries(kept.map(({ name, value }) => [name, value]));
}

/** The event in a message; undefined when there is none: whoever may connect to the bus may publish anything. */
export function decodeEvent(message: Uint8Array): Event | undefined {
  try {
    const event = Event.decode(message);
    return event.type === '' ? undefined : event;
  } catch {
    return undefined;
  }
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
  for (const [name, header] of causeHeaders) {
    const value = row.cause?.[name];
    if (value) result.set(header, value);
  }
  return result;
}

/** Extension attributes; `traceparent` and `tracestate` stand without prefix, as other tools of tracing look for them. */
const causeHeaders = [
  ['requestId', 'ce-requestid'],
  ['method', 'ce-method'],
  ['client', 'ce-client'],
  ['traceparent', 'traceparent'],
  ['tracestate', 'tracestate'],
] as const satisfies (readonly [keyof RequestScope, string])[];

/** The request that an event comes from; undefined when its headers tell of none. */
export function causeOf(given: MsgHdrs | undefined): RequestScope | undefined {
  const found = causeHeaders.flatMap(([name, header]) => (given?.has(header) ? [[name, given.get(header)]] : []));
  const cause: Partial<RequestScope> = Object.fromEntries(found);
  return cause.requestId === undefined ? undefined : { method: '', client: '', ...cause, requestId: cause.requestId };
}

/** RFC 3339 with nanoseconds. */
function formatTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}
