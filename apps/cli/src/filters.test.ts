import { collectFilter, toFilterJson, toFilterMap } from './filters.ts';

describe('filters', () => {
  const all = ['status=exited', 'Status=dead', 'label=a=b'].reduce(
    (filters, text) => collectFilter(text, filters),
    collectFilter('name=x'),
  );

  it('keep all values of a key, in both forms that requests have', () => {
    expect(JSON.parse(toFilterJson(all))).toEqual({ name: ['x'], status: ['exited', 'dead'], label: ['a=b'] });
    expect(toFilterMap(all)).toEqual({ name: 'x', status: 'exited,dead', label: 'a=b' });
    expect([toFilterJson(), toFilterMap()]).toEqual(['', {}]);
  });

  it('need a key', () => {
    expect(() => collectFilter('exited')).toThrow();
    expect(() => collectFilter('=x')).toThrow();
  });
});
