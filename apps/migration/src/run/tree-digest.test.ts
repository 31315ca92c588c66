import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setxattr } from '@arcbox/linux';
import { treeItems, writeTar } from '@arcbox/tar';
import { digestTree, watchArchive } from './tree-digest.ts';

describe('the digest of a tree', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'abx-tree-'));
    sh('mkdir t; cd t; echo one > a; mkdir d; echo two > d/b; ln a c; ln -s a l; head -c 200000 /dev/zero > z; printf end >> z; truncate -s 300000 z; touch -d @1000000000 a d/b l z d .');
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  const sh = (script: string): Buffer => execFileSync('sh', ['-euc', script], { cwd: directory, maxBuffer: 1 << 26 });
  async function* cut(archive: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (let at = 0; at < archive.length; at += 777) yield archive.subarray(at, at + 777);
  }
  const digest = async (options = '--no-recursion', names = '. a c d d/b l z'): Promise<string> => (await digestTree(cut(sh(`tar -C t ${options} --format=pax -c ${names}`)))).digest;

  it('is the same for another order, and for holes written as zeros or as holes', async () => {
    const plain = await digest();
    expect(await digest('', 'z')).not.toBe(plain);
    expect(await digest('--no-recursion', '. z a c l d d/b')).toBe(plain);
    expect(await digest('--sparse --no-recursion', 'd l a c z d/b .')).toBe(plain);
  });

  it('is the same for an archive of ours and for one of tar, which writes fractions of seconds in its own way', async () => {
    sh('touch -d @1000000000.25 t/a; touch -d @1000000000.123456789 t/d/b');
    const ours = await digestTree(writeTar(treeItems(join(directory, 't'))));
    expect(await digest('--sort=name', '.')).toBe(ours.digest);
  });

  it.each([
    'echo onE > a; touch -d @1000000000 a',
    'chmod 600 a',
    'chown 1 d/b',
    'touch -d @1000000000.5 a',
    'rm c; cp -p a c',
    'ln -sfn b l; touch -h -d @1000000000 l',
    'printf END | dd of=z seek=200000 bs=1 conv=notrunc status=none; touch -d @1000000000 z',
    'truncate -s 300001 z; touch -d @1000000000 z',
    'mkdir e; touch -d @1000000000 .',
    'mv d/b d/x; touch -d @1000000000 d',
  ])('is another after %s', async (change) => {
    sh('touch -h -d @1000000000 t/l t/d t');
    const before = await digest('--sort=name', '.');
    sh(`cd t; ${change}`);
    sh('touch -h -d @1000000000 t/d t');
    expect(await digest('--sort=name', '.')).not.toBe(before);
  });

  it('is another with other extended attributes', async () => {
    const before = await digest('--xattrs --sort=name', '.');
    setxattr(join(directory, 't/a'), 'user.colour', Buffer.from('red'));
    expect(await digest('--xattrs --sort=name', '.')).not.toBe(before);
  });

  it('comes with the archive as it passes, and not of one that was cut off', async () => {
    const archive = sh('tar -C t -c .');
    const { content, digest: whole } = watchArchive(cut(archive));
    expect(Buffer.concat(await Array.fromAsync(content))).toEqual(archive);
    expect(await whole).toEqual(await digestTree(cut(archive)));
    const half = watchArchive(cut(archive));
    for await (const _ of half.content) break;
    await expect(half.digest).rejects.toThrow();
  });
});
