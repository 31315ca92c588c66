import { decodeCursor, encodeCursor, isSameId } from './cursor.ts';

const id = '0190a1b2-c3d4-4e5f-8a9b-0c1d2e3f4a5b';
const cursor = { log: 'a1b2c3d4e5f6', seq: 9_007_199_254_740_991, id, since: 1_700_000_000_123_456_789n };

describe('cursor', () => {
  it('gives back what was put in', () => {
    expect(decodeCursor(encodeCursor(cursor, cursor.since))).toEqual({ ...cursor, id: '0190a1b2c3d4' });
    expect(decodeCursor(encodeCursor({ log: '000000000000', seq: 0 }, 0n))).toEqual({ log: '000000000000', seq: 0, since: 0n });
    expect(encodeCursor(cursor, cursor.since)).toMatch(/^[\w-]{44}$/);
  });

  it('knows the event that it was made for', () => {
    const { id: part = '' } = decodeCursor(encodeCursor(cursor, cursor.since));
    expect([isSameId(id, part), isSameId('0190a1b2-c3d5-4e5f-8a9b-0c1d2e3f4a5b', part), isSameId(undefined, part)]).toEqual([true, false, false]);
  });

  it('refuses anything else', () => {
    const text = encodeCursor(cursor, cursor.since);
    const other = (text[20] === 'A' ? 'B' : 'A') + text.slice(21);
    for (const wrong of ['', 'x', '17', text.slice(1), `${text}=`, `${text}A`, text.slice(0, 20) + other, 'A'.repeat(44), '€'.repeat(44)]) {
      expect(() => decodeCursor(wrong)).toThrow(expect.objectContaining({ kind: 'invalid-argument', message: expect.stringContaining('not a cursor') }));
    }
  });
});
