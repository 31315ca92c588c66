import { parseRetryAfter } from './retry-after.ts';

it.each([
  [undefined, undefined],
  ['120', 120_000],
  ['Fri, 31 Dec 1999 23:59:59 GMT', 9_000],
  ['Fri, 31 Dec 1999 23:59:00 GMT', 0],
  ['soon', undefined],
  ['1.5', undefined],
  ['-1', undefined],
])('Retry-After: %s is %s', (header, milliseconds) => {
  expect(parseRetryAfter(header, Date.UTC(1999, 11, 31, 23, 59, 50))).toBe(milliseconds);
});
