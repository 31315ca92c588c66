import { pauseAfter } from './pause-after.ts';

test('where few follow nothing waits, where many do it is as long as they take, to a bound', () => {
  expect([0, 1, 20].map(pauseAfter)).toEqual([0, 0, 0]);
  expect([50, 100, 200, 10_000].map(pauseAfter)).toEqual([2, 4, 8, 8]);
});
