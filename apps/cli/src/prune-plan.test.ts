import { formatPlan } from './prune-plan.ts';

it('shows volumes by the names that they were given, all else by short ids, and the sum of what goes', () => {
  const [made, given] = ['6'.repeat(64), 'data'];
  const item = { size: 2_000n, removed: true, reason: 'unused' };
  const plan = formatPlan(
    [
      { ...item, type: 'volume', id: made, name: made },
      { ...item, type: 'volume', id: given, name: given, removed: false, reason: 'needs --all' },
      { ...item, type: 'image', id: `sha256:${'a'.repeat(64)}`, name: 'app:1' },
    ],
    "table {{.ID}} {{.Action}} {{.Bytes}}",
  );
  expect(plan.split('\n').map((line) => line.split(/\s+/).filter(Boolean))).toEqual([
    ['ID', 'ACTION', 'BYTES'],
    ['666666666666', 'remove', '2000'],
    ['data', 'keep', '2000'],
    ['aaaaaaaaaaaa', 'remove', '2000'],
    [],
  ]);
  expect(formatPlan([{ ...item, type: 'image', id: made, name: '' }, { ...item, type: 'image', id: made, name: '', removed: false }])).toMatch(/\nTotal reclaimable space: 2kB\n$/);
});
