import { closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mount, unmount } from '@arcbox/linux';
import { itIf, temporaryRoot } from '@arcbox/testing';
import { isEmpty } from './is-empty.ts';

const hasFuse = readFileSync('/proc/filesystems', 'utf8').includes('\tfuse\n');

it('a directory is empty until it holds something', async () => {
  await using root = temporaryRoot();
  const directory = join(root.path, 'volume');
  mkdirSync(directory);
  expect(await isEmpty(directory)).toBe(true);
  writeFileSync(join(directory, '.hidden'), '');
  expect(await isEmpty(directory)).toBe(false);
  await expect(isEmpty(join(root.path, 'absent'))).rejects.toThrow('No such file');
});

itIf(hasFuse ? ['root'] : ['a kernel with FUSE'], 'one of a server that does not answer is given up', async () => {
  await using root = temporaryRoot();
  const directory = join(root.path, 'volume');
  mkdirSync(directory);
  // Nobody answers what comes here.
  const device = openSync('/dev/fuse', constants.O_RDWR);
  try {
    mount({ type: 'fuse', source: 'silent', target: directory, data: `fd=${device},rootmode=40000,user_id=0,group_id=0` });
    await expect(isEmpty(directory, 200)).rejects.toThrow(`${directory} does not answer`);
  } finally {
    closeSync(device);
    unmount(directory);
  }
});
