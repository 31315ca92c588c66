import { readEventRetention } from './event-retention.ts';

const age = (text: string): number => readEventRetention({ ARCBOX_EVENTS_MAX_AGE: text }).maxAge;
const bytes = (text: string): number => readEventRetention({ ARCBOX_EVENTS_MAX_BYTES: text }).maxBytes;

describe('retention of events', () => {
  it('is for ever and 4 GiB, unless said otherwise', () => {
    expect(readEventRetention({})).toEqual({ maxAge: 0, maxBytes: 4_294_967_296 });
    expect([age('90d'), age('12h'), age('1w2d'), age('600s'), age('10m'), age('0')]).toEqual([7_776_000_000, 43_200_000, 777_600_000, 600_000, 600_000, 0]);
    expect(bytes('2097152')).toBe(2_097_152);
  });

  it('is refused where it makes no sense', () => {
    for (const text of ['90', 'd', '1.5h', '-1d', '1y']) expect(() => age(text)).toThrow(`ARCBOX_EVENTS_MAX_AGE: not an age such as 90d or 12h: ${text}`);
    for (const text of ['9m', '599s']) expect(() => age(text)).toThrow(`ARCBOX_EVENTS_MAX_AGE: at least 10m: ${text}`);
    expect(() => bytes('1g')).toThrow('ARCBOX_EVENTS_MAX_BYTES: not a positive number: 1g');
    expect(() => bytes('1000')).toThrow('ARCBOX_EVENTS_MAX_BYTES: at least 2097152: 1000');
  });
});
