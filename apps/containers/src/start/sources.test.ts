import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canBeSilent, itIf, mountSilent, temporaryRoot } from '@arcbox/testing';
import { makeDirectories, missingOf } from './sources.ts';

it('sources are there or not, whatever their names', async () => {
  await using root = temporaryRoot();
  const at = (name: string): string => join(root.path, name);
  mkdirSync(at('directory'));
  writeFileSync(at('a file\n'), '');
  symlinkSync(at('directory'), at('link'));
  symlinkSync(at('nothing'), at('broken'));
  symlinkSync(at('loop'), at('loop'));
  const missing = [at('broken'), at('loop'), at('nothing'), at('a file\n/below')];
  expect(await missingOf([at('directory'), `${at('directory')}/`, at('a file\n'), at('link'), ...missing])).toEqual(missing);
  expect(await missingOf([])).toEqual([]);
  await makeDirectories([at('made/with/parents')]);
  expect(existsSync(at('made/with/parents'))).toBe(true);
});

itIf(canBeSilent() ? ['root'] : ['a kernel with FUSE'], 'those of a server that does not answer are given up', async () => {
  await using root = temporaryRoot();
  const server = join(root.path, 'server');
  mkdirSync(server);
  using _silent = mountSilent(server);
  await expect(missingOf(['/tmp', join(server, 'export')], undefined, 200)).rejects.toThrow(`mount source does not answer: /tmp, ${server}/export`);
});
