import { chmodSync, chownSync, lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { copy, copyAction, copyInto, never } from '../../../test/copying.ts';
import { openPlayground, type PlantedFiles } from '../../../test/file-tree.ts';
import { directoryTree } from './directory-tree.ts';
import { prepareCopy } from './prepare-copy.ts';

const context: PlantedFiles = {
  'a.txt': 'a',
  'b.txt': 'b',
  'dir/file': 'f',
  'dir/link': '-> file',
  'dir/sub/s': 's',
  'dirlink': '-> dir',
  'd2/': '',
  'lib/libx': 'x',
};

const root: PlantedFiles = {
  'etc/passwd': 'root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n',
  'etc/group': 'root:x:0:\nstaff:x:50:\n',
  'usr/lib/': '',
  'lib': '-> usr/lib',
  'var/data/target': 'old',
  'datalink': '-> /var/data',
  'filelink': '-> /var/data/target',
  'existing/f': 'old',
};

describeIf(['root', 'bsdtar'], 'COPY', () => {
  const playground = openPlayground();
  afterAll(() => playground[Symbol.dispose]());
  const run = (...[sources, destination, more]: Parameters<typeof copyAction>): Promise<string[]> =>
    copyInto(playground, { context, root }, copyAction(sources, destination, more));

  it.each<[string, string[], string, string[]]>([
    ['a file under a new name', ['a.txt'], '/new', ['+ 644 0:0 new = a']],
    ['a file into a new directory', ['a.txt'], '/x/y/', ['+ 755 0:0 x/', '+ 755 0:0 x/y/', '+ 644 0:0 x/y/a.txt = a']],
    ['a file below new directories', ['dir/file'], '/x/y', ['+ 755 0:0 x/', '+ 644 0:0 x/y = f']],
    ['a file over another', ['a.txt'], '/existing/f', ['- 644 0:0 existing/f = old', '+ 644 0:0 existing/f = a']],
    ['a file into a directory that is there', ['a.txt'], '/existing', ['+ 644 0:0 existing/a.txt = a']],
    ['a file to the root', ['a.txt'], '/', ['+ 644 0:0 a.txt = a']],
    [
      'what is in a directory, not the directory',
      ['dir'],
      '/existing',
      ['+ 644 0:0 existing/file = f', '+ 0:0 existing/link -> file', '+ 755 0:0 existing/sub/', '+ 644 0:0 existing/sub/s = s'],
    ],
    ['an empty directory', ['d2'], '/x/y', ['+ 755 0:0 x/', '+ 755 0:0 x/y/']],
    ['what a link of the context points at', ['dir/link', 'dirlink/file'], '/x/', ['+ 755 0:0 x/', '+ 644 0:0 x/file = f', '+ 644 0:0 x/link = f']],
    ['from above the context, which is the context', ['../../a.txt'], '/new', ['+ 644 0:0 new = a']],
    ['a pattern', ['*.txt'], '/x/', ['+ 755 0:0 x/', '+ 644 0:0 x/a.txt = a', '+ 644 0:0 x/b.txt = b']],
    ['a pattern of directories', ['d[0-9]*', 'di?/s*'], '/x/', ['+ 755 0:0 x/', '+ 644 0:0 x/s = s']],
    ['a pattern that finds nothing', ['none*', 'a.txt'], '/x/', ['+ 755 0:0 x/', '+ 644 0:0 x/a.txt = a']],
    ['nothing at all', ['none*'], '/x/', []],
    ['through a link of the root', ['a.txt'], '/datalink/', ['+ 644 0:0 var/data/a.txt = a']],
    ['through a link of the root to a file', ['a.txt'], '/filelink', ['- 644 0:0 var/data/target = old', '+ 644 0:0 var/data/target = a']],
    ['into a link to a directory', ['lib'], '/lib', ['+ 644 0:0 usr/lib/libx = x']],
  ])('copies %s', async (_, sources, destination, expected) => {
    expect(await run(sources, destination)).toEqual(expected);
  });

  it('merges directories, whose mode and time become those of the copied ones; the destination stays', async () => {
    const from = playground.plant('merge-context', { 'dir/sub/s': 's', 'dir/f': 'f' });
    const to = playground.plant('merge-root', { 'existing/sub/old': 'old' });
    for (const [path, mode] of [['dir', 0o700], ['dir/sub', 0o2750], ['dir/f', 0o4640]] as const) chmodSync(join(from, path), mode);
    for (const path of ['dir/sub', 'dir/f']) utimesSync(join(from, path), 1_600_000_000, 1_600_000_000.25);
    chmodSync(join(to, 'existing'), 0o711);
    chownSync(join(to, 'existing'), 7, 8);
    const { changes } = await copy(playground, { context: from, root: to }, copyAction(['dir'], '/existing'));
    expect(changes).toEqual([
      '- 755 0:0 existing/sub/',
      '+ 4640 0:0 existing/f = f',
      '+ 2750 0:0 existing/sub/',
      '+ 644 0:0 existing/sub/s = s',
    ]);
    expect(lstatSync(join(to, 'existing/sub')).mtimeMs).toBe(1_600_000_000_250);
    expect(lstatSync(join(to, 'existing/f')).mtimeMs).toBe(1_600_000_000_250);
  });

  it('gives a destination that it makes to root, with mode 755', async () => {
    const from = playground.plant('made-context', { 'dir/f': 'f' });
    chmodSync(join(from, 'dir'), 0o700);
    chownSync(join(from, 'dir'), 5, 5);
    const to = playground.plant('made-root', {});
    const { changes } = await copy(playground, { context: from, root: to }, copyAction(['dir'], '/x/y'));
    expect(changes).toEqual(['+ 755 0:0 x/', '+ 755 0:0 x/y/', '+ 644 0:0 x/y/f = f']);
  });

  it('gives files of the context to root, and lets those of a stage keep their owners', async () => {
    const from = playground.plant('owner-context', { 'dir/f': 'f' });
    chownSync(join(from, 'dir/f'), 33, 44);
    const copyFrom = async (more: object): Promise<string[]> =>
      (await copy(playground, { context: from, root: playground.plant(playground.temporary().slice(-12), {}) }, copyAction(['dir'], '/x', more))).changes;
    expect(await copyFrom({})).toContain('+ 644 0:0 x/f = f');
    expect(await copyFrom({ from: { stage: 0 } })).toContain('+ 644 33:44 x/f = f');
    expect(await copyFrom({ from: { stage: 0 }, chown: '1:2' })).toContain('+ 644 1:2 x/f = f');
  });

  it.each([
    ['app:staff', '1000:50'],
    ['app', '1000:1001'],
    ['5', '5:5'],
    ['5:staff', '5:50'],
    [':7', '0:7'],
  ])('gives what it copies and makes to %s', async (chown, owner) => {
    expect(await run(['dir/sub'], '/x/y', { chown })).toEqual([`+ 755 ${owner} x/`, `+ 755 ${owner} x/y/`, `+ 644 ${owner} x/y/s = s`]);
  });

  it('sets modes, not those of links', async () => {
    expect(await run(['dir'], '/x/y/', { chmod: '0751' })).toEqual([
      '+ 751 0:0 x/',
      '+ 751 0:0 x/y/',
      '+ 751 0:0 x/y/file = f',
      '+ 0:0 x/y/link -> file',
      '+ 751 0:0 x/y/sub/',
      '+ 751 0:0 x/y/sub/s = s',
    ]);
    expect(await run(['dir'], '/x/', { chmod: 'go-rx,u+X' })).toEqual([
      '+ 755 0:0 x/',
      '+ 600 0:0 x/file = f',
      '+ 0:0 x/link -> file',
      '+ 700 0:0 x/sub/',
      '+ 600 0:0 x/sub/s = s',
    ]);
  });

  it('writes files that stand in the Dockerfile', async () => {
    const inline = [
      { name: 'one', content: Buffer.from('1\n') },
      { name: 'two', content: Buffer.from('') },
    ];
    expect(await run([], '/x/', { inline })).toEqual(['+ 755 0:0 x/', '+ 644 0:0 x/one = 1\n', '+ 644 0:0 x/two = ']);
  });

  it('leaves out what --exclude says, in directories and of files', async () => {
    expect(await run(['dir', '*.txt'], '/x/', { excludes: ['**/s', 'a.*', '#', 'li*', '!link'] })).toEqual([
      '+ 755 0:0 x/',
      '+ 644 0:0 x/b.txt = b',
      '+ 644 0:0 x/file = f',
      '+ 0:0 x/link -> file',
      '+ 755 0:0 x/sub/',
    ]);
  });

  it('keeps the directories above with --parents', async () => {
    expect(await run(['dir/sub', '*.txt', './lib/./libx'], '/x/', { parents: true })).toEqual([
      '+ 755 0:0 x/',
      '+ 644 0:0 x/a.txt = a',
      '+ 644 0:0 x/b.txt = b',
      '+ 755 0:0 x/dir/',
      '+ 755 0:0 x/dir/sub/',
      '+ 644 0:0 x/dir/sub/s = s',
      '+ 644 0:0 x/libx = x',
    ]);
    expect(await run(['**/s'], '/', { parents: true })).toEqual(['+ 755 0:0 dir/', '+ 755 0:0 dir/sub/', '+ 644 0:0 dir/sub/s = s']);
    await expect(run(['dir/none'], '/', { parents: true })).rejects.toThrow('stat dir/none: file does not exist');
  });

  it.each<[string, string[], string, object, string]>([
    ['a missing file', ['nope'], '/', {}, 'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist'],
    ['a directory over a file', ['dir'], '/existing/f', {}, 'cannot copy to non-directory: /existing/f'],
    ['a directory over a link of the root', ['.'], '/', {}, 'cannot copy to non-directory: /lib'],
    ['a file below a file', ['a.txt'], '/existing/f/', {}, 'cannot copy to non-directory: /existing/f'],
    ['several files to one name', ['*.txt'], '/x', {}, 'when using COPY with more than one source file'],
    ['an owner that nobody is', ['a.txt'], '/x', { chown: 'nobody' }, 'unable to find user nobody: no matching entries in passwd file'],
    ['a group that is none', ['a.txt'], '/x', { chown: 'app:none' }, 'unable to find group none: no matching entries in group file'],
    ['a URL', ['http://127.0.0.1/x'], '/x', {}, 'a source of COPY cannot be a URL'],
    ['a broken pattern', ['[a'], '/x', {}, 'COPY: cannot read pattern [a'],
  ])('refuses %s', async (_, sources, destination, more, message) => {
    await expect(run(sources, destination, more)).rejects.toMatchObject({ kind: 'invalid-argument', message: expect.stringContaining(message) });
  });

  it('does not take a directory for a file', async () => {
    const files = { context: { 'dir/x': 'x' }, root: { 'x/y': 'y' } };
    await expect(copyInto(playground, files, copyAction(['dir'], '/'))).rejects.toThrow('cannot replace the directory /x with a file');
  });

  it('copies names of any bytes', async () => {
    const from = playground.plant('bytes-context', { 'dir/': '' });
    const name = Buffer.from(`dir/\xff-ü-${'x'.repeat(120)}`, 'latin1');
    writeFileSync(Buffer.concat([Buffer.from(`${from}/`), name]), 'odd');
    const to = playground.plant('bytes-root', {});
    mkdirSync(join(to, 'dir'));
    await using prepared = await prepareCopy(copyAction(['di*'], '/dir/'), { tree: directoryTree(from) }, playground, never);
    await prepared.apply(to, never);
    expect(lstatSync(Buffer.concat([Buffer.from(`${to}/`), name])).size).toBe(3);
  });
});
