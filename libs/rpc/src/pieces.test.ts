import { Event } from '@arcbox/proto/arcbox/v1/api';
import type { Piece } from './piece.ts';
import { Pieces } from './pieces.ts';

const eventsOf = (count: number, size = 0): Event[] =>
  Array.from({ length: count }, (_, index) => Event.fromPartial({ action: String(index), actor: { id: 'x'.repeat(size) } }));

/** Messages of a stream, as gRPC frames them. */
function messagesIn(pieces: readonly Piece[]): Event[] {
  const found: Event[] = [];
  for (let rest = Buffer.concat(pieces.map(({ bytes }) => bytes)); rest.length > 0; ) {
    expect(rest.readUInt8()).toBe(0);
    const end = 5 + rest.readUInt32BE(1);
    found.push(Event.decode(rest.subarray(5, end)));
    rest = rest.subarray(end);
  }
  return found;
}

test('a list is one piece, whose messages come in order', () => {
  const events = eventsOf(50);
  const made = new Pieces(Event).of(events);
  expect(made).toHaveLength(1);
  expect(messagesIn(made)).toEqual(events);
  expect(new Pieces(Event).of([])).toEqual([]);
});

test('a piece has 64 KiB at most, unless a single message has more', () => {
  const large = eventsOf(1, 100_000);
  const events = [...eventsOf(20, 10_000), ...large, ...eventsOf(3)];
  const made = new Pieces(Event).of(events);
  expect(messagesIn(made)).toEqual(events);
  expect(made.map((piece) => messagesIn([piece]).length)).toEqual([6, 6, 6, 2, 1, 3]);
});

test('many readers cost one: a message is encoded once, and an equal list is the same pieces', () => {
  let encoded = 0;
  const pieces = new Pieces({ ...Event, encode: (event: Event) => (encoded++, Event.encode(event)) });
  const events = eventsOf(10);
  const made = pieces.of(events);
  expect(pieces.of([...events])).toBe(made);
  expect(made[0]?.bytes).toBe(pieces.of(events)[0]?.bytes);
  // The same ends, and another middle.
  const others = [...events.slice(0, 4), ...eventsOf(1), ...events.slice(5)];
  expect(messagesIn(pieces.of(others))).toEqual(others);
  expect(messagesIn(pieces.of(events.slice(0, 9)))).toEqual(events.slice(0, 9));
  expect(encoded).toBe(11);
});
