import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { readTar } from './read-tar.ts';
import { type TarItem, writeTar } from './tar-writer.ts';
import { type UnpackOptions, unpackTree } from './unpack-tree.ts';

const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 1_000_000_000, size: 0, link: '', major: 0, minor: 0, xattrs: new Map<string, string>() };

const file = (name: string, content: string): TarItem => ({
  entry: { ...plain, name, type: '0', size: content.length },
  content: Buffer.from(content),
});
const directory = (name: string, mode = 0o755): TarItem => ({ entry: { ...plain, name, type: '5', mode } });
const link = (name: string, target: string): TarItem => ({ entry: { ...plain, name, type: '2', link: target } });
const hard = (name: string, target: string): TarItem => ({ entry: { ...plain, name, type: '1', link: target } });

describeIf(['root'], 'unpacking', () => {
  const top = mkdtempSync(join(tmpdir(), 'unpack-'));
  afterAll(() => rmSync(top, { recursive: true }));
  let count = 0;
  const place = (): string => {
    const path = join(top, String(++count), 'root');
    mkdirSync(path, { recursive: true });
    return path;
  };
  const unpack = async (path: string, items: TarItem[], options: UnpackOptions = {}): Promise<void> => {
    const root = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await unpackTree(root, readTar(writeTar(items)), options, new AbortController().signal);
    } finally {
      closeSync(root);
    }
  };

  it('follows links of the tree inside of it, and never out', async () => {
    const path = place();
    const outside = join(path, '../outside');
    mkdirSync(outside);
    mkdirSync(join(path, 'real'));
    symlinkSync('/real', join(path, 'inside'));
    symlinkSync(outside, join(path, 'absolute'));
    symlinkSync('../../outside', join(path, 'up'));
    await unpack(path, [file('inside/f', 'in')]);
    expect(readFileSync(join(path, 'real/f'), 'utf8')).toBe('in');
    await unpack(path, [file('absolute/f', 'x')]).catch(() => {});
    await unpack(path, [file('up/f', 'x')]).catch(() => {});
    await unpack(path, [link('l', outside), file('l/f', 'x')]).catch(() => {});
    await expect(unpack(path, [hard('h', 'up/secret')])).rejects.toThrow();
    expect(readdirSync(outside)).toEqual([]);
  });

  it('replaces links instead of writing through them', async () => {
    const path = place();
    writeFileSync(join(path, 'target'), 'kept');
    symlinkSync('target', join(path, 'l'));
    await unpack(path, [file('l', 'new')]);
    expect(readFileSync(join(path, 'target'), 'utf8')).toBe('kept');
    expect(readFileSync(join(path, 'l'), 'utf8')).toBe('new');
  });

  it('makes holes of zeros, and keeps the size', async () => {
    const path = place();
    const size = 4 * 2 ** 20;
    const content = Buffer.alloc(size);
    content.write('middle', size / 2);
    await unpack(path, [{ entry: { ...plain, name: 'f', type: '0', size }, content }]);
    const stat = statSync(join(path, 'f'));
    expect(stat.size).toBe(size);
    expect(stat.blocks * 512).toBeLessThan(size / 4);
    expect(readFileSync(join(path, 'f')).equals(content)).toBe(true);
  });

  it('gives directories their times last, the top only when it is told to', async () => {
    const path = place();
    await unpack(path, [directory('./', 0o700), directory('d', 0o500), file('d/f', 'x')], { withRoot: true });
    expect([statSync(path).mode & 0o777, statSync(path).mtimeMs, statSync(join(path, 'd')).mtimeMs]).toEqual([0o700, 1e12, 1e12]);
    const other = place();
    const before = statSync(other).mode;
    await unpack(other, [directory('./', 0o700)]);
    expect(statSync(other).mode).toBe(before);
  });

  it('removes whole directories that are in the way, unless kinds are kept', async () => {
    const path = place();
    execFileSync('sh', ['-c', 'mkdir -p x/y; touch x/y/z; ln -s / x/root'], { cwd: path });
    await expect(unpack(path, [file('x', 'f')], { keepKinds: true })).rejects.toMatchObject({ kind: 'failed-precondition' });
    await unpack(path, [file('x', 'f')]);
    expect(readFileSync(join(path, 'x'), 'utf8')).toBe('f');
  });

  it('hard links end as with GNU tar, or are refused before anything is lost', async () => {
    const path = place();
    mkdirSync(join(path, '../outside'));
    writeFileSync(join(path, '../outside/secret'), 'secret');
    await unpack(path, [file('d/f', '1'), link('via', 'd'), link('out', '/../outside'), link('last', 'd/f')]);
    await unpack(path, [hard('through', 'via/f'), hard('to-link', 'last'), hard('d/f', 'd/f'), hard('via/f', 'd/f')]);
    expect(statSync(join(path, 'through')).nlink).toBe(2);
    expect(readFileSync(join(path, 'd/f'), 'utf8')).toBe('1');
    expect(readlinkSync(join(path, 'to-link'))).toBe('d/f');
    // One that is replaced later leaves the other name as it is.
    await unpack(path, [file('a', 'old'), hard('b', 'a'), file('a', 'new')]);
    expect(['a', 'b'].map((name) => readFileSync(join(path, name), 'utf8'))).toEqual(['new', 'old']);
    for (const [entry, problem] of [
      [hard('a', 'd'), 'a hard link to a directory'],
      [hard('a', 'gone'), 'no such file'],
      [hard('a', 'no/such/directory'), 'no such file'],
      [hard('a', 'out/secret'), 'no such file'],
      [hard('d', 'd/f'), 'a hard link to what it would replace'],
    ] as const)
      await expect(unpack(path, [entry])).rejects.toMatchObject({ kind: 'failed-precondition', message: expect.stringContaining(problem) });
    expect(readFileSync(join(path, 'a'), 'utf8')).toBe('new');
    expect(readdirSync(path).sort()).toEqual(['a', 'b', 'd', 'last', 'out', 'through', 'to-link', 'via']);
  });

  it('says which file could not be written', async () => {
    await expect(unpack(place(), [file('n'.repeat(300), 'x')])).rejects.toMatchObject({ kind: 'invalid-argument', message: expect.stringContaining('the name is too long') });
    await expect(unpack(place(), [hard('a/h', 'absent')])).rejects.toMatchObject({ kind: 'failed-precondition', message: 'cannot write a/h: no such file or directory' });
  });
});
