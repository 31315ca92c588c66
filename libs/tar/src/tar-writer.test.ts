import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { findExtents } from './find-extents.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry } from './encode-entry.ts';
import { treeItems } from './tree-entries.ts';
import { type TarItem, type TarOptions, writeTar } from './tar-writer.ts';

const entry = (fields: Partial<TarEntry> & { name: string }): TarEntry => ({
  type: '0',
  mode: 0o640,
  uid: 1,
  gid: 2,
  size: 0,
  mtime: 1_700_000_000,
  link: '',
  major: 0,
  minor: 0,
  xattrs: new Map(),
  ...fields,
});

/** Chunks are valid only until the next, so they are copied. */
async function archive(items: readonly TarItem[], options?: TarOptions): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(writeTar(items, options), (chunk) => Buffer.from(chunk)));
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}

function temporary(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), 'tar-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

describe('the tar writer', () => {
  it('writes what the reader reads: everything that a plain header cannot say', async () => {
    const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
    const entries = [
      entry({ name: './', type: '5', mode: 0o1777 }),
      entry({ name: 'plain', exactMtime: '1700000000.000000001' }),
      entry({ name: `${'long/'.repeat(300)}name`, uid: 2 ** 31, gid: 0o7777777 + 1 }),
      entry({ name: 'caf\xc3\xa9', mtime: -1, exactMtime: '-0.500000000' }),
      entry({ name: 'before', mtime: -7_200 }),
      entry({ name: 'later', mtime: 2 ** 40 }),
      entry({ name: 'not\xff\nutf8', type: '2', link: `\xfe${'/x'.repeat(100)}` }),
      entry({ name: 'hard', type: '1', link: 'not\xff\nutf8' }),
      entry({ name: 'device', type: '4', major: 259, minor: 70_000 }),
      entry({ name: 'xattrs', xattrs: new Map([['security.capability', '\0\x01=\n'], ['user.a=b%', bytes], ['user.z', '']]) }),
    ];
    const read = await Array.fromAsync(readTar(once(await archive(entries.map((each) => ({ entry: each }))))));
    expect(read).toHaveLength(entries.length);
    for (const [index, expected] of entries.entries())
      expect(read[index]).toMatchObject({ ...expected, name: expected.name === './' ? '' : expected.name });
  });

  it('writes the same bytes for the same files, in any order of their attributes', async () => {
    const attributes: [string, string][] = [['user.a', '1'], ['user.b', '2']];
    const item = (xattrs: [string, string][]): TarItem => ({ entry: entry({ name: 'f', size: 3, xattrs: new Map(xattrs) }), content: Buffer.from('abc') });
    expect(await archive([item(attributes)])).toEqual(await archive([item(attributes.toReversed())]));
  });

  it('streams files of any size, in chunks of bounded size', async () => {
    using directory = temporary();
    const path = join(directory.path, 'large');
    writeFileSync(path, '');
    const size = 3_000_001;
    truncateSync(path, size);
    const item = { entry: entry({ name: 'large', size }), content: { file: path } };
    const lengths = await Array.fromAsync(writeTar([item]), ({ length }) => length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(256 * 1024);
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(512 + Math.ceil(size / 512) * 512 + 1024);
  });

  it('says which file was cut while it was read, or fills it with zeros', async () => {
    using directory = temporary();
    const path = join(directory.path, 'f');
    writeFileSync(path, 'abc');
    const item = { entry: entry({ name: 'f', size: 1_000 }), content: { file: path } };
    await expect(archive([item])).rejects.toThrow('f is shorter than 1000 bytes: it changed while it was read');
    const [member] = await Array.fromAsync(readTar(once(await archive([item], { isChanging: true }))), async ({ size, content }) => ({
      size,
      content: Buffer.concat(await Array.fromAsync(content)).toString().replaceAll('\0', ''),
    }));
    expect(member).toEqual({ size: 1_000, content: 'abc' });
  });
});

describeIf(['bsdtar'], 'archives of ours', () => {
  it('are what others read', async () => {
    using directory = temporary();
    const items = [
      { entry: entry({ name: 'd', type: '5' }) },
      { entry: entry({ name: `d/${'n'.repeat(200)}`, size: 5, uid: 3_000_000 }), content: Buffer.from('hello') },
      { entry: entry({ name: 'd/\xc3\xa9', exactMtime: '1700000000.250000000' }) },
    ];
    const path = join(directory.path, 'a.tar');
    writeFileSync(path, await archive(items));
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const options = ['-cf', '-', '--format=mtree', '--options=!all,uid,size,time,type', `@${path}`];
    const seen = execFileSync('bsdtar', options, { encoding: 'utf8', env }).trimEnd().split('\n');
    expect(seen).toEqual([
      '#mtree',
      './d time=1700000000.0 uid=1 type=dir',
      `./d/${'n'.repeat(200)} time=1700000000.0 uid=3000000 type=file size=5`,
      './d/\\303\\251 time=1700000000.250000000 uid=1 type=file size=0',
    ]);
  });
});

describe('files with holes', () => {
  const piece = 64 * 1024;
  /** Pieces of data at these places, in a file of `size` bytes. */
  const make = (path: string, places: readonly number[], size: number): void => {
    const descriptor = openSync(path, 'w');
    places.forEach((place, i) => writeSync(descriptor, Buffer.alloc(piece, i + 1), 0, piece, place));
    closeSync(descriptor);
    truncateSync(path, size);
  };

  it('go without them, and GNU tar, libarchive and our reader see the same file', async () => {
    using place = temporary();
    const [source, big] = [join(place.path, 'source'), 64 * 1024 ** 2];
    mkdirSync(source);
    make(join(source, 'sparse'), [0, 1024 ** 2, big - piece], big);
    make(join(source, 'nothing'), [], 1024 ** 2);
    make(join(source, 'zeros-at-the-end'), [4096 * 16], 1024 ** 2);
    writeFileSync(join(source, 'whole'), Buffer.alloc(piece, 9));
    const bytes = Buffer.concat(await Array.fromAsync(writeTar(treeItems(source, { sparse: true })), (chunk) => Buffer.from(chunk)));
    expect(bytes.length).toBeLessThan(6 * piece);
    writeFileSync(join(place.path, 'archive.tar'), bytes);
    for (const program of ['tar', 'bsdtar']) {
      const target = join(place.path, program);
      mkdirSync(target);
      execFileSync(program, ['-xf', join(place.path, 'archive.tar'), '-C', target, ...(program === 'tar' ? ['--warning=no-timestamp'] : [])]);
      for (const name of ['sparse', 'nothing', 'zeros-at-the-end', 'whole']) expect(readFileSync(join(target, name)).equals(readFileSync(join(source, name)))).toBe(true);
      expect(statSync(join(target, 'sparse')).blocks).toBeLessThan(2048);
    }
    const found = new Map<string, unknown>();
    for await (const { name, size, extents } of readTar(once(bytes))) found.set(name, [size, extents?.map(({ offset, length }) => [offset, length])]);
    expect(found.get('sparse')).toEqual([big, [[0, piece], [1024 ** 2, piece], [big - piece, piece]]]);
    expect(found.get('nothing')).toEqual([1024 ** 2, []]);
    expect(found.get('whole')).toEqual([piece, undefined]);
  });

  it('have no more pieces than a map can hold', () => {
    using place = temporary();
    const path = join(place.path, 'file');
    const mib = 1024 ** 2;
    make(path, [0, piece * 2, mib, mib + piece * 2, 20 * mib], 30 * mib);
    const descriptor = openSync(path, 'r');
    const pieces = (most?: number): number[][] => findExtents(descriptor, 30 * mib, most).map(({ offset, length }) => [offset, length]);
    expect(pieces()).toHaveLength(5);
    expect(pieces(3)).toEqual([[0, piece * 3], [mib, piece * 3], [20 * mib, piece]]);
    expect(pieces(1)).toEqual([[0, 20 * mib + piece]]);
    closeSync(descriptor);
  });
});
