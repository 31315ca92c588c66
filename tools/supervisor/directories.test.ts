import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { pathsFor } from '@arcbox/config';
import { temporaryRoot } from '@arcbox/testing';

import { makeDirectories } from './directories.ts';

it('refuses a root that sockets and mounts cannot name, and makes nothing', async () => {
  await using root = temporaryRoot();
  const long = join(root.path, 'x'.repeat(100));
  expect(() => makeDirectories(pathsFor(long))).toThrow(/--root .* is too long: .* at most 76 bytes/);
  expect(existsSync(long)).toBe(false);
  expect(() => makeDirectories(pathsFor(join(root.path, 'a,b')))).toThrow(/cannot have "," in its name/);
  const fits = join(root.path, 'x'.repeat(75 - root.path.length));
  makeDirectories(pathsFor(fits));
  expect(existsSync(join(fits, 'run'))).toBe(true);
});
