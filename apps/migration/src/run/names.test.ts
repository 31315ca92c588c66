import { asideName, helperName, keyOf } from './names.ts';

describe('a name that a run makes', () => {
  const run = { plan: { id: 'c0ffee00-0000-4000-8000-000000000000' }, attempt: 1 } as Parameters<typeof asideName>[0];
  const next = { ...run, attempt: 2 };
  const long = 'n'.repeat(255);

  it.each([
    ['of what makes room', asideName, 255],
    ['of a container at the source', helperName, 128],
    ['as a key of a call', keyOf, 256],
  ])('%s fits, and is that of one thing in one run', (_what, make, longest) => {
    const names = [make(run, long), make(run, `${long.slice(1)}m`), make(next, long), make(run, 'n'), make(next, 'n')];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(longest);
    expect(make(run, 'n')).toMatch(/\bn\b/);
  });
});
