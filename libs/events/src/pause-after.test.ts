import { pauseAfter } from './pause-after.ts';

test('where few follow nothing waits, where many do it is as long as they take, to a bound', () => {
  expect([0, 1, 16].map(pauseAfter)).toEqual([0, 0, 0]);
  expect([50, 100, 200, 10_000].map(pauseAfter)).toEqual([3, 6, 12, 12]);
});
