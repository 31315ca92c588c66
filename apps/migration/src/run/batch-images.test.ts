import { batchImages } from './batch-images.ts';

const image = (id: string, ...diffIds: string[]) => ({ id, tags: [], size: 1, diffIds });

test('what shares layers goes together, also by way of a third; the rest apart', () => {
  const batches = batchImages([image('a', 'x', '1'), image('b', 'y'), image('c', 'z'), image('d', 'x', 'y')]);
  expect(batches.map((batch) => batch.map(({ id }) => id))).toEqual([['c'], ['a', 'b', 'd']]);
});

test('a large family comes in several archives', () => {
  const batches = batchImages(Array.from({ length: 35 }, (_, n) => image(`${n}`, 'base', `${n}`)));
  expect(batches.map(({ length }) => length)).toEqual([16, 16, 3]);
});
