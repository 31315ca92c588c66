import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lgetxattr, systemCall } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { copy, copyAction, copyInto, never } from '../../../test/copying.ts';
import { openPlayground, survey } from '../../../test/file-tree.ts';
import { directoryTree } from './directory-tree.ts';
import { prepareCopy } from './prepare-copy.ts';

const setXattr = systemCall(
  'lsetxattr',
  'int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags)',
);

describeIf(['root', 'bsdtar'], 'COPY, whatever links there are', () => {
  const playground = openPlayground();
  const outside = playground.plant('outside', { secret: 'secret', 'dir/inner': 'inner' });
  afterAll(() => {
    expect(survey(outside)).toEqual(['755 0:0 dir/', '644 0:0 dir/inner = inner', '644 0:0 secret = secret']);
    playground[Symbol.dispose]();
  });

  it.each<[string, { [name: string]: string }, string]>([
    ['an absolute link', { out: `-> ${outside}` }, 'out/secret'],
    ['a link that climbs', { out: `-> ../../../../../../../..${outside}` }, 'out/secret'],
    ['a link to a link', { a: '-> b/secret', b: `-> ../../../../../../../..${outside}` }, 'a'],
    ['a path that climbs', {}, `../../../../../../../..${outside}/secret`],
    ['a pattern below a link', { out: `-> ${outside}` }, 'out/secre[t]'],
    ['a pattern that follows a link', { out: `-> ${outside}` }, 'ou*/secret'],
  ])('reads nothing outside of the context: %s', async (_, context, source) => {
    const changes = await copyInto(playground, { context }, copyAction([source], '/x')).catch((error: unknown) => {
      expect(error).toMatchObject({ kind: 'invalid-argument' });
      return [];
    });
    expect(changes).toEqual([]);
  });

  it('reads through links that stay inside, as from inside', async () => {
    const context = { 'etc/config': 'mine', link: '-> ../../../../etc', absolute: '-> /etc/config' };
    expect(await copyInto(playground, { context }, copyAction(['link/config', 'absolute'], '/x/'))).toEqual([
      '+ 755 0:0 x/',
      '+ 644 0:0 x/absolute = mine',
      '+ 644 0:0 x/config = mine',
    ]);
    await expect(copyInto(playground, { context: { a: '-> b', b: '-> a' } }, copyAction(['a'], '/x'))).rejects.toThrow(
      'a: too many levels of symbolic links',
    );
  });

  it('copies links in directories as links', async () => {
    const context = { 'dir/out': `-> ${outside}`, 'dir/gone': '-> nowhere' };
    expect(await copyInto(playground, { context }, copyAction(['dir'], '/x'))).toEqual([
      '+ 755 0:0 x/',
      '+ 0:0 x/gone -> nowhere',
      `+ 0:0 x/out -> ${outside}`,
    ]);
  });

  it('writes nothing outside of the root', async () => {
    const context = { f: 'f', 'dir/secret': 'x', 'dir/dir/inner': 'x' };
    const links = { out: `-> ${outside}`, up: `-> ../../../../../../../..${outside}`, file: `-> ${outside}/secret`, 'd/secret': `-> ${outside}/secret` };
    const write = async (sources: string[], destination: string): Promise<string[]> =>
      copyInto(playground, { context, root: links }, copyAction(sources, destination));
    // Links lead to where they would lead inside.
    const inside = outside.slice(1);
    expect(await write(['f'], '/out/')).toContain(`+ 644 0:0 ${inside}/f = f`);
    expect(await write(['f'], '/up/x')).toContain(`+ 644 0:0 ${inside}/x = f`);
    expect(await write(['dir'], '/out')).toContain(`+ 644 0:0 ${inside}/secret = x`);
    expect(await write(['f'], '/file')).toContain(`+ 644 0:0 ${inside}/secret = f`);
    // Below the destination, links are replaced.
    expect(await write(['dir'], '/d/')).toEqual([
      `- 0:0 d/secret -> ${outside}/secret`,
      '+ 755 0:0 d/dir/',
      '+ 644 0:0 d/dir/inner = x',
      '+ 644 0:0 d/secret = x',
    ]);
  });

  it('writes nothing through links that it has written itself', async () => {
    const context = { 'one/x': `-> ${outside}/dir`, 'two/x/planted': 'x', 'three/x': 'x' };
    await expect(copyInto(playground, { context }, copyAction(['one', 'two'], '/d/'))).rejects.toThrow(
      'cannot copy to non-directory: /d/x',
    );
    expect(await copyInto(playground, { context }, copyAction(['one', 'three'], '/d/'))).toEqual(['+ 755 0:0 d/', '+ 644 0:0 d/x = x']);
  });

  it('reads the users of the root, and of nobody else', async () => {
    const passwd = playground.plant('users', { passwd: 'spy:x:4242:4242::/:/bin/sh\n' });
    const root = { etc: `-> ${passwd}` };
    await expect(copyInto(playground, { context: { f: 'f' }, root }, copyAction(['f'], '/f', { chown: 'spy' }))).rejects.toThrow(
      'unable to find user spy',
    );
  });

  it('keeps what a stage has: devices, fifos, attributes, capabilities, holes', async () => {
    const from = playground.plant('stage', { 'dir/program': 'x', 'dir/plain': 'y' });
    const to = playground.plant('stage-root', {});
    execFileSync('mknod', [join(from, 'dir/null'), 'c', '1', '3']);
    execFileSync('mkfifo', [join(from, 'dir/fifo')]);
    execFileSync('truncate', ['-s', '3M', join(from, 'dir/hole')]);
    symlinkSync('program', join(from, 'dir/link'));
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    setXattr(join(from, 'dir/program'), 'security.capability', capability, capability.length, 0);
    setXattr(join(from, 'dir'), 'user.note', Buffer.from('hi'), 2, 0);
    setXattr(join(from, 'dir/plain'), 'user.note', Buffer.from('hi'), 2, 0);
    await copy(playground, { context: from, root: to }, copyAction(['/', '/dir/plain'], '/x/', { from: { stage: 0 } }));
    expect(lgetxattr(join(to, 'x/dir/program'), 'security.capability')).toEqual(capability);
    expect(lgetxattr(join(to, 'x/dir'), 'user.note')?.toString()).toBe('hi');
    expect(lgetxattr(join(to, 'x/plain'), 'user.note')?.toString()).toBe('hi');
    expect(lstatSync(join(to, 'x/dir/null'))).toMatchObject({ rdev: 0x103 });
    expect(lstatSync(join(to, 'x/dir/fifo')).isFIFO()).toBe(true);
    expect(readFileSync(join(to, 'x/dir/hole')).equals(Buffer.alloc(3 * 2 ** 20))).toBe(true);
  });

  it('does not wait for a fifo, which ADD might take for an archive', async () => {
    const from = playground.plant('fifo', {});
    execFileSync('mkfifo', [join(from, 'fifo')]);
    const to = playground.plant('fifo-root', {});
    await copy(playground, { context: from, root: to }, copyAction(['fifo'], '/x/', { kind: 'add' }));
    expect(survey(to)).toEqual(['755 0:0 x/', '644 0:0 x/fifo is special']);
  });

  it('leaves out what .dockerignore names, and takes in what it takes in again', async () => {
    const context = { 'a/b/keep': 'k', 'a/b/drop': 'd', 'a/c/drop': 'd', Dockerfile: 'FROM scratch', '.dockerignore': 'a\n!a/**/keep\nDockerfile\n.dockerignore\n' };
    expect(await copyInto(playground, { context }, copyAction(['.'], '/x/'))).toEqual([
      '+ 755 0:0 x/',
      '+ 755 0:0 x/a/',
      '+ 755 0:0 x/a/b/',
      '+ 644 0:0 x/a/b/keep = k',
    ]);
    await expect(copyInto(playground, { context }, copyAction(['Dockerfile'], '/x'))).rejects.toThrow('excluded by .dockerignore');
    const named = { ...context, 'Dockerfile.dockerignore': '*\n!Dockerfile\n' };
    expect(await copyInto(playground, { context: named }, copyAction(['.'], '/x/'))).toEqual(['+ 755 0:0 x/', '+ 644 0:0 x/Dockerfile = FROM scratch']);
  });

  it('ends when it is cancelled', async () => {
    const from = playground.plant('cancelled', { f: 'f' });
    writeFileSync(join(from, 'large'), Buffer.alloc(5 * 2 ** 20));
    await using prepared = await prepareCopy(copyAction(['.'], '/'), { tree: directoryTree(from) }, playground, never);
    await expect(prepared.apply(playground.plant('cancelled-root', {}), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
