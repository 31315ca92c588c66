import { formatTimeNano, formatTimeUtc, parseTime, parseTimeNano } from './time.ts';

describe('parseTime', () => {
  const now = Date.parse('2026-01-31T12:00:00Z');

  it('reads Unix seconds, how long ago, and RFC 3339', () => {
    expect(parseTime('1700000000.25', now)).toBe(1_700_000_000.25);
    expect(parseTime('10m', now)).toBe(now / 1000 - 600);
    expect(parseTime('2026-01-31T12:00:00.5Z', now)).toBe(now / 1000 + 0.5);
    expect(parseTime('2026-01-31T13:00:00.123456789+01:00', now)).toBe(now / 1000 + 0.123);
    expect(parseTime('2026-01-31', now)).toBe(new Date(2026, 0, 31).getTime() / 1000);
  });

  it('refuses anything else', () => {
    const others = ['', 'yesterday', '2026-31-01T12:00:00Z', '2026-02-30', '2026-02-31T12:00:00Z', '12:00'];
    expect(others.filter((text) => parseTime(text, now) !== undefined)).toEqual([]);
  });

  it('keeps nanoseconds', () => {
    const whole = BigInt(now) * 1_000_000n;
    expect(parseTimeNano('1700000000.123456789', now)).toBe(1_700_000_000_123_456_789n);
    expect(parseTimeNano('-1.5', now)).toBe(-1_500_000_000n);
    expect(parseTimeNano('1.0000000019', now)).toBe(1_000_000_001n);
    expect(parseTimeNano('2026-01-31T13:00:00.123456789+01:00', now)).toBe(whole + 123_456_789n);
    expect(parseTimeNano('1m30s', now)).toBe(whole - 90_000_000_000n);
    expect(parseTimeNano('0s', now)).toBe(whole);
  });
});

describe('formatting', () => {
  it('shows all nine digits', () => {
    expect(formatTimeUtc(1_700_000_000_000_000_001n)).toBe('2023-11-14T22:13:20.000000001Z');
    expect(formatTimeNano(1_700_000_000_000_000_001n)).toMatch(/^2023-11-1[45]T\d\d:\d\d:20\.000000001[+-]\d\d:\d\d$/);
  });
});
