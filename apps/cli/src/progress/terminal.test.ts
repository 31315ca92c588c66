import { formatLine } from './terminal.ts';

const update = (status: string, current: bigint, total: bigint) => ({
  id: 'a1b2c3d4e5f6',
  status,
  progress: '',
  current,
  total,
});

describe('formatLine', () => {
  it('draws a bar while bytes move, as wide as the terminal allows', () => {
    const line = formatLine(update('Downloading', 1_500_000n, 3_000_000n), 80);
    expect(line).toMatch(/^a1b2c3d4e5f6: Downloading \[=+> +\] 1\.5MB\/3MB$/);
    expect(line.length).toBeLessThanOrEqual(80);
    expect(formatLine(update('Downloading', 1_500_000n, 3_000_000n), 40)).toBe('a1b2c3d4e5f6: Downloading 1.5MB/3MB');
    expect(formatLine(update('Downloading', 1_500_000n, 0n), 80)).toBe('a1b2c3d4e5f6: Downloading 1.5MB');
    expect(formatLine(update('Extracting', 3n, 3n), 80)).toContain('[=====');
  });

  it('is a word otherwise', () => {
    expect(formatLine(update('Pull complete', 3n, 3n), 80)).toBe('a1b2c3d4e5f6: Pull complete');
  });
});
