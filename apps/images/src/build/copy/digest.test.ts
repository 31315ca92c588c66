import { chmodSync, chownSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyAction, never } from '../../../test/copying.ts';
import { openPlayground } from '../../../test/file-tree.ts';
import { describeIf } from '@arcbox/testing';
import type { CopyAction } from '../language/action.ts';
import { directoryTree } from './directory-tree.ts';
import { prepareCopy } from './prepare-copy.ts';

describeIf(['root'], 'the digest of a COPY', () => {
  const playground = openPlayground();
  afterAll(() => playground[Symbol.dispose]());
  let count = 0;
  const plant = (): string =>
    playground.plant(`context-${++count}`, {
      'dir/f': 'content',
      'dir/sub/large': 'x'.repeat(100_000),
      'dir/sub/larger': 'y'.repeat(5_000_000),
      'dir/sub/small': 's',
      'dir/link': '-> f',
    });
  const digest = async (directory: string, more: Partial<CopyAction> = {}): Promise<string> => {
    await using prepared = await prepareCopy(copyAction(['dir'], '/x', more), { tree: directoryTree(directory) }, playground, never);
    return prepared.digest;
  };

  it('is the same for the same files, whenever and wherever', async () => {
    const [one, two] = [plant(), plant()];
    for (const name of ['dir/f', 'dir/sub', 'dir/sub/larger']) utimesSync(join(two, name), 1, 1);
    chownSync(join(two, 'dir/f'), 1, 1);
    expect(await digest(one)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await digest(two)).toBe(await digest(one));
  });

  it.each<[string, (at: (name: string) => string) => void]>([
    ['a byte', (at) => writeFileSync(at('dir/f'), 'contenT')],
    ['a byte of a large file', (at) => writeFileSync(at('dir/sub/large'), 'x'.repeat(99_999) + 'y')],
    ['a byte of a very large file', (at) => writeFileSync(at('dir/sub/larger'), 'y'.repeat(4_999_999) + 'z')],
    ['a mode', (at) => chmodSync(at('dir/f'), 0o755)],
    ['the mode of a directory', (at) => chmodSync(at('dir/sub'), 0o700)],
    ['a name', (at) => renameSync(at('dir/f'), at('dir/g'))],
    ['a place', (at) => renameSync(at('dir/f'), at('dir/sub/f'))],
    ['a new empty file', (at) => writeFileSync(at('dir/empty'), '')],
    ['where a link leads', (at) => symlinkSync('g', `${at('dir/link')}2`)],
  ])('is another after a change of %s', async (_, change) => {
    const changed = plant();
    change((name) => join(changed, name));
    expect(await digest(changed)).not.toBe(await digest(plant()));
  });

  it('depends on owners where they are kept', async () => {
    const [one, two] = [plant(), plant()];
    chownSync(join(two, 'dir/f'), 1, 1);
    expect(await digest(two, { from: { stage: 0 } })).not.toBe(await digest(one, { from: { stage: 0 } }));
  });

  it('depends on what is done with the files', async () => {
    const context = plant();
    const ways: Partial<CopyAction>[] = [
      {},
      { destination: '/x/' },
      { destination: '/y' },
      { chown: '1:1' },
      { chmod: '755' },
      { link: true },
      { excludes: ['f'] },
      { kind: 'add' },
      { sources: ['dir/f'] },
      { sources: ['dir/f', 'dir/sub/small'] },
      { inline: [{ name: 'f', content: Buffer.from('x') }] },
    ];
    const digests = await Promise.all(ways.map((more) => digest(context, more)));
    expect(new Set(digests).size).toBe(ways.length);
  });

  it('does not depend on files that are not copied', async () => {
    const [one, two] = [plant(), plant()];
    writeFileSync(join(two, 'other'), 'x');
    writeFileSync(join(two, 'dir/left'), 'x');
    expect(await digest(two, { excludes: ['left'] })).toBe(await digest(one, { excludes: ['left'] }));
    expect(await digest(two)).not.toBe(await digest(one));
  });
});
