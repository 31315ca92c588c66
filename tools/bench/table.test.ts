import { formatTable, median } from './table.ts';

describe('median', () => {
  it('is the middle, or between the two middles', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});

describe('formatTable', () => {
  it('gives each peer its ratio, and a dash where it has no figure', () => {
    const runs = new Map([
      ['arcbox', [100, 120, 110]],
      ['docker', [220, 200, 240]],
    ]);
    expect(formatTable([{ work: 'life cycle', runs }], ['arcbox', 'docker', 'podman']).split('\n')).toEqual([
      '| work | arcbox | docker | podman |',
      '| --- | --- | --- | --- |',
      '| life cycle | 110 ms (100 ms–120 ms) | 220 ms (200 ms–240 ms), ratio 0.50 | – |',
    ]);
  });

  it('says seconds, tenths of a few milliseconds, and memory', () => {
    const cell = (value: number, unit: 'ms' | 'MiB' = 'ms'): string | undefined =>
      formatTable([{ work: 'x', unit, runs: new Map([['arcbox', [value]]]) }], ['arcbox']).split('\n')[2];
    expect([cell(12_345), cell(1.234), cell(69.7, 'MiB'), cell(1.26, 'MiB')]).toEqual(['| x | 12.3 s |', '| x | 1.2 ms |', '| x | 70 MiB |', '| x | 1.3 MiB |']);
  });
});
