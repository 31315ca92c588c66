import { keptByFilters, parsePruneFilters } from './prune-filters.ts';

const now = Date.parse('2026-01-02T00:00:00Z');
const order = (filters: Record<string, string>): ReturnType<typeof parsePruneFilters> => parsePruneFilters(filters, now);

describe('filters of a prune', () => {
  it('name labels', () => {
    expect(order({ label: 'a,b=c', 'label!': 'keep' })).toEqual({ label: 'a,b=c', withoutLabel: 'keep' });
  });

  it.each<[string, number]>([
    ['1700000000', 1_700_000_000_000],
    ['1700000000.25', 1_700_000_000_250],
    ['2026-01-01T00:00:00Z', now - 86_400_000],
    ['2026-01-01T01:00:00.123456789+01:00', now - 86_400_000 + 123],
    ['2026-01-01', new Date(2026, 0, 1).getTime()],
    ['2026-01-01T07:30', new Date(2026, 0, 1, 7, 30).getTime()],
    ['1h30m', now - 5_400_000],
    ['-1h', now + 3_600_000],
    ['0s', now],
  ])('until %s', (text, time) => expect(order({ until: text })).toMatchObject({ until: { time, text } }));

  it.each<[Record<string, string>, string]>([
    [{ color: 'red' }, 'unknown prune filter: color'],
    [{ until: 'yesterday' }, 'prune filter until: neither a time nor a duration: yesterday'],
    [{ until: '1d' }, 'neither a time nor a duration'],
    [{ until: '2026-13-01' }, 'neither a time nor a duration'],
    [{ until: '2026-02-30T00:00:00Z' }, 'neither a time nor a duration'],
    [{ until: '1h,2h' }, 'neither a time nor a duration'],
    [{ until: '' }, 'neither a time nor a duration'],
    [{ label: '' }, 'prune filter label has no value'],
    [{ 'label!': ' ,' }, 'prune filter label! has no value'],
  ])('%j is refused', (filters, message) => expect(() => order(filters)).toThrow(message));

  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ until: '24h' }, 'younger than 24h'],
    [{ until: '0s' }, undefined],
    [{ label: 'env=test' }, undefined],
    [{ label: 'env,env=prod' }, 'no label env=prod'],
    [{ label: 'constructor' }, 'no label constructor'],
    [{ 'label!': 'other,env' }, 'label env'],
    [{ 'label!': 'env=prod' }, undefined],
    [{ 'label!': 'list=a,b' }, 'label list=a,b'],
    [{ label: 'list=a,b,env' }, undefined],
  ])('%j keeps a thing for: %s', (filters, reason) => {
    expect(keptByFilters({ created: now - 1000, labels: { env: 'test', list: 'a,b' } }, order(filters))).toBe(reason);
  });
});
