import { decodeCursor } from '@arcbox/events';
import { EventsResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import { encodedOnce } from './encode-once-wire.ts';
import { toEventsResponse } from './events-wire.ts';
import type { EventEntry } from './stream-events.ts';

const entry: EventEntry = {
  log: 'a1b2c3d4e5f6',
  seq: 42,
  event: { type: 'container', action: 'die', actor: { id: 'c', attributes: { name: 'web' } }, timeNano: 5n },
  cause: { requestId: 'r', method: '/m', client: 'uid=0', traceparent: '00-a-b-01' },
};

test('an event, its cause, and a place to go on from', () => {
  const told = toEventsResponse({ entry, place: entry, since: 7n });
  const { cursor, ...rest } = EventsResponse.decode(EventsResponse.encode(EventsResponse.fromPartial(told)).finish());
  expect(rest).toMatchObject({ event: entry.event, cause: entry.cause, cut: undefined });
  expect(decodeCursor(cursor)).toEqual({ log: entry.log, seq: 42, since: 7n });
});

test('what is cut away is counted', () => {
  const cut = { first: 9n, dropped: 3 };
  expect(toEventsResponse({ entry: { log: entry.log, seq: 1, cut }, place: entry, since: 0n })).toMatchObject({ cut: { first: 9n, dropped: 3n } });
});

test('two hundred who follow cost the encoding of one', () => {
  let encoded = 0;
  const counted = { ...EventsResponse, encode: (message: EventsResponse) => (encoded++, EventsResponse.encode(message)) };
  const type = encodedOnce(counted);
  const entries = Array.from({ length: 10 }, (_, seq) => ({ ...entry, seq }));
  for (const one of entries) {
    const sent = Array.from({ length: 200 }, () => type.encode(type.fromPartial(toEventsResponse({ entry: one, place: one, since: 0n }))).finish());
    expect(new Set(sent).size).toBe(1);
    expect(EventsResponse.decode(sent[0] ?? new Uint8Array()).event?.action).toBe('die');
  }
  expect(encoded).toBe(10);
});
