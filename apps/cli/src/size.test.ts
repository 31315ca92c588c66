import { formatMemory, formatSize, parseDecimalSize, parseMemory } from './size.ts';

describe('formatSize', () => {
  it('keeps three significant digits in decimal units', () => {
    expect([0, 512, 999, 1000, 1234, 12_345, 123_456, 4_261_550, 4_000_000, 1_230_000_000_000].map(formatSize)).toEqual(
      ['0B', '512B', '999B', '1kB', '1.23kB', '12.3kB', '123kB', '4.26MB', '4MB', '1.23TB'],
    );
  });

  it('goes to the next unit rather than show a thousand', () => {
    expect(formatSize(999_600)).toBe('1MB');
    expect(formatSize(999_999_999n)).toBe('1GB');
  });
});

describe('formatMemory', () => {
  it('keeps four significant digits in binary units', () => {
    expect([0, 1023, 1024, 2_087_000_000, 67_108_864].map(formatMemory)).toEqual([
      '0B',
      '1023B',
      '1KiB',
      '1.944GiB',
      '64MiB',
    ]);
  });
});

describe('parseMemory', () => {
  it('reads powers of 1024, with or without the letters after', () => {
    expect(['512', '512b', '1k', '512m', '512MB', '64MiB', '1.5g'].map(parseMemory)).toEqual([
      512n,
      512n,
      1024n,
      536_870_912n,
      536_870_912n,
      67_108_864n,
      1_610_612_736n,
    ]);
  });

  it('refuses what is no size', () => {
    expect(['', 'm', '-5m', '5x', 'lots'].map(parseMemory)).toEqual(Array(5).fill(undefined));
  });
});

describe('parseDecimalSize', () => {
  it('reads powers of 1000', () => {
    expect(['10m', '1.5k', '5', 'x'].map(parseDecimalSize)).toEqual([10_000_000n, 1500n, 5n, undefined]);
  });
});
