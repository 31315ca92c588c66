import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canBeSilent, itIf, mountSilent, temporaryRoot } from '@arcbox/testing';
import { isEmpty } from './is-empty.ts';

it('a directory is empty until it holds something', async () => {
  await using root = temporaryRoot();
  const directory = join(root.path, 'volume');
  mkdirSync(directory);
  expect(await isEmpty(directory)).toBe(true);
  writeFileSync(join(directory, '.hidden'), '');
  expect(await isEmpty(directory)).toBe(false);
  await expect(isEmpty(join(root.path, 'absent'))).rejects.toThrow('No such file');
});

itIf(canBeSilent() ? ['root'] : ['a kernel with FUSE'], 'one of a server that does not answer is given up', async () => {
  await using root = temporaryRoot();
  const directory = join(root.path, 'volume');
  mkdirSync(directory);
  using _silent = mountSilent(directory);
  await expect(isEmpty(directory, 200)).rejects.toThrow(`${directory} does not answer`);
});
