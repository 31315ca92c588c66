import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plantContext } from './plant-context.ts';
import type { Context, Recipe } from './recipe.ts';

const from = 'FROM corpus-base\n';

/** An archive of a few files that are not root's. */
function archiveOf(files: Context, ...options: string[]): { content: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'abx-add-'));
  try {
    plantContext(directory, files);
    const owner = ['--owner=1000', '--group=50', '--numeric-owner', '--sort=name'];
    return { content: execFileSync('tar', ['-C', directory, ...owner, ...options, '-cf', '-', '.']) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const files: Context = {
  'top': 'top',
  'sub/': { mode: 0o750 },
  'sub/setuid': { content: 's', mode: 0o4755 },
  'sub/link': { link: '../top' },
  'sub/hard': { hardLink: 'top' },
  'data/one': 'from the archive',
  'tmp/': { mode: 0o711 },
};

/** What ADD does and COPY does not. */
export const addRecipes: readonly Recipe[] = [
  {
    name: 'add-archives',
    context: {
      'plain.tar': archiveOf(files),
      'zipped.tar.gz': archiveOf(files, '-z'),
      'odd-name': archiveOf(files, '-z'),
      'no-archive.tar': 'just text',
      'dir/inner.tar': archiveOf(files),
    },
    dockerfile: `${from}ADD plain.tar /plain
ADD zipped.tar.gz /zipped/
ADD odd-name /odd
ADD no-archive.tar /none
ADD dir /dir
ADD *.tar /several/
ADD plain.tar /var
COPY plain.tar /copied
ADD --chown=app:apps zipped.tar.gz /owned/
WORKDIR /w
ADD plain.tar .`,
  },
  { name: 'add-files', context: { 'a b': 'a', 'dir/x': 'x', 'f': { content: 'f', mode: 0o600 } }, dockerfile: `${from}ADD ["a b", "/with space/"]\nADD dir /dir\nADD f dir /both/\nADD f /f` },
];
