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
});
