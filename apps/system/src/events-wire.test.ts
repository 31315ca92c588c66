import { decodeCursor } from '@arcbox/events';
import { EventsResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import { toEventPieces, toEventsResponse, toResponsePieces } from './events-wire.ts';
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

test('two hundred who are told the same cost one', () => {
  const told = Array.from({ length: 10 }, (_, seq) => ({ ...entry, seq })).map((one) => ({ entry: one, place: one, since: 0n }));
  const encode = jest.spyOn(EventsResponse, 'encode');
  const lists = Array.from({ length: 200 }, (_, reader) => (reader % 2 === 0 ? told : [...told]));
  const sent = lists.flatMap((list) => toResponsePieces(list));
  expect(sent).toHaveLength(200);
  expect(new Set(sent.map(({ bytes }) => bytes)).size).toBe(1);
  expect(encode).toHaveBeenCalledTimes(10);
  encode.mockRestore();
});

test('arcbox.v1 tells of events alone', () => {
  const place = { log: entry.log, seq: 43 };
  const alone = toEventPieces([{ entry, place: entry, since: 0n }]);
  expect(toEventPieces([{ entry, place: entry, since: 0n }, { entry: place, place, since: 0n }])).toBe(alone);
  expect(toEventPieces([{ entry: place, place, since: 0n }])).toEqual([]);
});
