import { parsePruneFilters } from './prune-filters.ts';

const now = Date.parse('2026-01-02T00:00:00Z');
const order = (filters: Record<string, string>): object => parsePruneFilters(filters, now);

describe('filters of a prune', () => {
  it.each<[Record<string, string>, object]>([
    [{}, { labels: [], withoutLabels: [] }],
    [{ label: 'a,b=c', 'label!': 'keep' }, { labels: ['a', 'b=c'], withoutLabels: ['keep'] }],
    [{ until: '1700000000' }, { until: 1_700_000_000_000 }],
    [{ until: '2026-01-01T00:00:00Z' }, { until: now - 86_400_000 }],
    [{ until: '1h30m' }, { until: now - 5_400_000 }],
  ])('%j', (filters, expected) => expect(order(filters)).toMatchObject(expected));

  it.each<[Record<string, string>, string]>([
    [{ color: 'red' }, 'unknown prune filter: color'],
    [{ until: 'yesterday' }, 'prune filter until: neither a time nor a duration: yesterday'],
    [{ until: '' }, 'neither a time nor a duration'],
  ])('%j is refused', (filters, message) => expect(() => order(filters)).toThrow(message));
});
