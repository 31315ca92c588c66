import { encodeCursor } from '@arcbox/events';
import { parseNanosecondsQuery, parseSecondsQuery } from './event-query.ts';

const nothing = { since: 0n, until: 0n, filters: {} };
const cursor = { log: 'a1b2c3d4e5f6', seq: 7, since: 3n };

test('seconds and nanoseconds become the same times', () => {
  expect(parseSecondsQuery({ ...nothing, since: 5n, until: 6n })).toMatchObject({ since: 5_000_000_000n, until: 6_000_000_000n });
  expect(parseNanosecondsQuery({ ...nothing, since: 5n, until: 6n })).toMatchObject({ since: 5n, until: 6n });
});

test('a cursor is taken apart', () => {
  expect(parseNanosecondsQuery({ ...nothing, cursor: encodeCursor(cursor, cursor.since), until: 9n })).toMatchObject({ cursor, until: 9n });
  expect(parseNanosecondsQuery({ ...nothing, cursor: '' }).cursor).toBeUndefined();
});

test.each([
  [{ since: -1n }, 'since is not a time: -1'],
  [{ until: 2n ** 62n }, `until is not a time: ${2n ** 62n}`],
  [{ since: 10n, until: 9n }, 'since (10) is after until (9)'],
  [{ filters: { colour: 'red' } }, 'unknown events filter: colour'],
])('refused: %s', (part, message) => {
  expect(() => parseSecondsQuery({ ...nothing, ...part })).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});

test.each([
  [{ until: -5n }, 'until is not a time: -5'],
  [{ cursor: 'yesterday' }, 'not a cursor: yesterday'],
  [{ cursor: encodeCursor(cursor, cursor.since), since: 1n }, 'cursor and since exclude each other'],
])('refused: %s', (part, message) => {
  expect(() => parseNanosecondsQuery({ ...nothing, ...part })).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
