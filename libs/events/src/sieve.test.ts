import { Event } from '@arcbox/proto/arcbox/v1/api';
import { headers } from 'nats';
import { LoggedMessage } from './log-entry.ts';
import { Sieve } from './sieve.ts';

const log = 'a1b2c3d4e5f6';

function messageOf(seq: number, id: string): LoggedMessage {
  const data = Event.encode(Event.fromPartial({ type: 'container', action: 'die', actor: { id, attributes: {} } })).finish();
  const given = headers();
  given.set('ce-id', `id-${seq}`);
  return new LoggedMessage({ seq, delivery: seq, pending: 0, data, headers: given }, log);
}

const wants = ({ actor }: Event): boolean => actor?.id === 'mine';

test('a reader whom nothing concerns still hears how far it has come: after so many events', () => {
  const sieve = new Sieve(wants);
  const passed = Array.from({ length: 25_000 }, (_, index) => sieve.pass(messageOf(index + 1, 'other'), 0)).filter((entry) => entry !== undefined);
  expect(passed).toEqual([10_000, 20_000].map((seq) => ({ log, seq, id: `id-${seq}` })));
});

test('and after so much time, counted from what it heard last', () => {
  const sieve = new Sieve(wants);
  expect(sieve.pass(messageOf(1, 'other'), 5_000)).toBeUndefined();
  expect(sieve.pass(messageOf(2, 'mine'), 14_000)?.event?.action).toBe('die');
  expect(sieve.pass(messageOf(3, 'other'), 16_000)).toBeUndefined();
  expect(sieve.pass(messageOf(4, 'other'), 24_000)).toEqual({ log, seq: 4, id: 'id-4' });
});

test('cuts and places are let through, and everything is where nothing is asked for', () => {
  const cut = { log, seq: 7, cut: { first: 1n, dropped: 2 } };
  expect(new Sieve(wants, ['mine']).pass(cut, 0)).toBe(cut);
  const other = messageOf(1, 'other');
  expect(new Sieve(undefined).pass(other, 0)).toBe(other);
});

test('what has none of the texts in it is not decoded', () => {
  const asked: string[] = [];
  const sieve = new Sieve((event) => (asked.push(event.actor?.id ?? ''), wants(event)), ['absent', 'min']);
  const passed = ['other', 'mind', 'mine', 'dominion'].map((id, index) => sieve.pass(messageOf(index + 1, id), 0)?.seq);
  expect(passed).toEqual([undefined, undefined, 3, undefined]);
  expect(asked).toEqual(['mind', 'mine', 'dominion']);
});

test('the cause of an event is read from its headers once', () => {
  let reads = 0;
  const given = headers();
  given.set('ce-requestid', 'r');
  const message = { seq: 1, delivery: 1, pending: 0, data: new Uint8Array() };
  const entry = new LoggedMessage({ ...message, get headers() { return reads++, given; } }, log);
  expect([entry.cause?.requestId, entry.cause?.requestId]).toEqual(['r', 'r']);
  expect(reads).toBe(1);
});
