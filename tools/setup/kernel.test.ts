import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { itIf, temporaryRoot } from '@arcbox/testing';

import { loadOverlay } from './kernel.mjs';

itIf(['root'], 'loads overlayfs where the kernel does not list it, and tells when that fails', async () => {
  await using root = temporaryRoot();
  const filesystems = join(root.path, 'filesystems');
  const said: string[] = [];
  const load = (modprobe: string) => loadOverlay({ log: (line) => said.push(line), filesystems, modprobe });

  writeFileSync(filesystems, 'nodev\tproc\n\text4\nnodev\toverlay\n');
  await load('false');
  expect(said).toEqual([]);

  writeFileSync(filesystems, 'nodev\tproc\n\text4\n');
  await load('true');
  expect(said).toEqual(['loading the kernel module overlay']);
  await load('false');
  expect(said.at(-1)).toContain('cannot load it: `false overlay` failed');
});
