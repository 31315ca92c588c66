import { matchesLabel, parseFilters, parseFlag, parseGlob, parseMoment } from './filters.ts';

describe('filters', () => {
  it('come in two shapes', () => {
    expect(parseFilters('', [])).toEqual(new Map());
    expect(parseFilters('{"label":["a","b=c"]}', ['label'])).toEqual(new Map([['label', ['a', 'b=c']]]));
    expect(parseFilters('{"label":{"a":true,"b":false}}', ['label'])).toEqual(new Map([['label', ['a']]]));
  });

  it.each([
    ['[]', 'not a JSON object'],
    ['x', 'not JSON'],
    ['{"nope":["a"]}', 'unknown filter: nope'],
    ['{"label":"a"}', 'filter label'],
    ['{"label":{"a":1}}', 'filter label'],
    ['{"label":[1]}', 'filter label'],
  ])('refuse %s', (text, why) => {
    expect(() => parseFilters(text, ['label'])).toThrow(why);
  });

  it('know flags', () => {
    expect(parseFlag(new Map([['dangling', ['true']]]), 'dangling')).toBe(true);
    expect(parseFlag(new Map([['dangling', ['0']]]), 'dangling')).toBe(false);
    expect(parseFlag(new Map([['dangling', ['1', '0']]]), 'dangling')).toBeUndefined();
    expect(() => parseFlag(new Map([['dangling', ['maybe']]]), 'dangling')).toThrow('maybe');
  });

  it('match labels by key, or by key and value', () => {
    const labels = { a: '1', b: '', 'c=d': 'x' };
    expect(['a', 'a=1', 'b', 'b='].every((wanted) => matchesLabel(labels, wanted))).toBe(true);
    expect(['a=2', 'x', 'a=', 'toString'].some((wanted) => matchesLabel(labels, wanted))).toBe(false);
  });

  it.each([
    ['nginx', 'nginx', true],
    ['ngin?', 'nginx', true],
    ['*', 'nginx', true],
    ['*', 'team/app', false],
    ['team/*', 'team/app', true],
    ['team/*:v[0-9]', 'team/app:v2', true],
    ['team/*:v[^0-9]', 'team/app:v2', false],
    ['a.c', 'abc', false],
    ['a\\*', 'a*', true],
  ])('glob %s on %s: %s', (pattern, name, matches) => {
    expect(parseGlob(pattern).test(name)).toBe(matches);
  });

  it('understand moments and durations', () => {
    expect(parseMoment('1700000000', 'until')).toBe(1_700_000_000_000);
    expect(parseMoment('2024-01-01T00:00:00Z', 'until')).toBe(Date.UTC(2024, 0));
    const ago = Date.now() - parseMoment('1h30m', 'until');
    // A clock that is being set right may go back a little.
    expect(ago).toBeGreaterThan(5_340_000);
    expect(ago).toBeLessThan(5_460_000);
    for (const text of ['', 'soon', '1x']) expect(() => parseMoment(text, 'until')).toThrow('filter until');
  });
});
