import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { makeBareTar, makeTar } from '../../../test/tar.ts';
import { Content } from '../../store/content.ts';
import { layoutIn, makeDirectories } from '../../store/layout.ts';
import { openContext } from './context.ts';
import { defaultContextLimits } from './context-limits.ts';
import type { SourceTree } from './source-tree.ts';

const never = new AbortController().signal;

async function* chunksOf(content: Buffer, size = 1000): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
}

/** A line each, as `survey` says it of a directory. */
function listed(tree: SourceTree): string[] {
  return [...tree.walk('', () => false)].map(({ entry: { type, name, mode, uid, gid, link } }) => {
    if (type === '2') return `${uid}:${gid} ${name} -> ${link}`;
    const line = `${mode.toString(8)} ${uid}:${gid} ${name}`;
    return type === '5' ? `${line}/` : `${line} = ${tree.readWhole(name, 100)?.toString()}`;
  });
}

describeIf(['root', 'bsdtar'], 'a build context', () => {
  const state = mkdtempSync(join(tmpdir(), 'abx-context-'));
  const layout = layoutIn(state);
  makeDirectories(layout);
  const engine = { content: new Content(layout) };
  afterEach(() => expect(readdirSync(layout.ingest)).toEqual([]));
  afterAll(() => rmSync(state, { recursive: true }));

  const archive = makeTar([
    { name: './', type: '5', mode: 0o755 },
    { name: 'Dockerfile', content: 'FROM scratch' },
    { name: 'dir/', type: '5', mode: 0o750, uid: 5, gid: 6 },
    { name: 'dir/.wh.file', content: 'no whiteout', mode: 0o600 },
    { name: 'dir/hard', type: '1', link: 'Dockerfile' },
    { name: 'link', type: '2', link: '/etc/passwd' },
  ]);

  it.each<[string, Buffer]>([
    ['plain', archive],
    ['gzip', gzipSync(archive)],
    ['zstd', zstdCompressSync(archive)],
  ])('is the files of an archive: %s', async (_, content) => {
    await using context = await openContext(engine, chunksOf(content), defaultContextLimits, never);
    expect(listed(context.tree)).toEqual([
      '644 0:0 Dockerfile = FROM scratch',
      '750 5:6 dir/',
      '600 0:0 dir/.wh.file = no whiteout',
      '644 0:0 dir/hard = FROM scratch',
      '0:0 link -> /etc/passwd',
    ]);
  });

  it('has of each name what came last, and directories that were not told of', async () => {
    const content = makeTar([
      { name: 'a/b/c', content: 'first' },
      { name: 'hard', type: '1', link: 'a/b/c' },
      { name: 'a/b/c', content: 'second', mode: 0o600 },
      { name: 'a/', type: '5', mode: 0o700, uid: 7, gid: 8 },
    ]);
    await using context = await openContext(engine, chunksOf(content), defaultContextLimits, never);
    expect(listed(context.tree)).toEqual(['700 7:8 a/', '755 0:0 a/b/', '600 0:0 a/b/c = second', '644 0:0 hard = first']);
  });

  it('may be empty', async () => {
    for (const content of [Buffer.alloc(0), makeTar([])]) {
      await using context = await openContext(engine, chunksOf(content), defaultContextLimits, never);
      expect(listed(context.tree)).toEqual([]);
    }
  });

  it('takes the last file without what fills it up', async () => {
    await using context = await openContext(engine, chunksOf(makeBareTar([{ name: 'f', content: 'last' }])), defaultContextLimits, never);
    expect(context.tree.readWhole('f', 10)?.toString()).toBe('last');
  });

  it.each<[string, Buffer, string]>([
    ['is no archive', Buffer.from('FROM scratch\n'.repeat(100)), 'build context: broken tar archive'],
    ['ends in the middle of a file', archive.subarray(0, 1030), 'build context: broken tar archive: cut off'],
    ['ends in the middle of gzip', gzipSync(archive).subarray(0, 100), 'build context: the content is not valid gzip'],
    ['climbs', makeTar([{ name: '../up', content: 'x' }]), 'leaves the layer'],
    ['is below a file', makeTar([{ name: 'f', content: 'x' }, { name: 'f/g', content: 'x' }]), 'build context: f/g is below f, which is no directory'],
    ['is a directory and a file', makeTar([{ name: 'd/f', content: 'x' }, { name: 'd', content: 'x' }]), 'build context: d is both a directory and something else'],
    ['is a directory and a link', makeTar([{ name: 'f', content: 'x' }, { name: 'd/f', content: 'x' }, { name: 'd', type: '1', link: 'f' }]), 'build context: d is both a directory and something else'],
    ['links to what is not there', makeTar([{ name: 'x', type: '1', link: 'y' }]), 'build context: x is a link to y, which does not come before it'],
    ['links hard to a directory', makeTar([{ name: 'd/', type: '5' }, { name: 'x', type: '1', link: 'd' }]), 'build context: x is a hard link to the directory d'],
    ['links above itself', makeTar([{ name: 'x', type: '1', link: '../../etc/passwd' }]), 'leaves the layer'],
  ])('is refused when it %s', async (_, content, message) => {
    await expect(openContext(engine, chunksOf(content), defaultContextLimits, never)).rejects.toMatchObject({
      kind: 'invalid-argument',
      message: expect.stringContaining(message),
    });
  });

  it('holds what is written through its own links', async () => {
    const planted = join(state, 'planted');
    const content = makeTar([
      { name: 'out', type: '2', link: state },
      { name: 'out/planted', content: 'x' },
    ]);
    const opened = await openContext(engine, chunksOf(content), defaultContextLimits, never).catch(() => undefined);
    await opened?.[Symbol.asyncDispose]();
    expect(existsSync(planted)).toBe(false);
  });

  it('is refused when it is too large, also behind its end', async () => {
    const large = { ...defaultContextLimits, maxBytes: 2 ** 20 };
    const content = gzipSync(Buffer.concat([archive, Buffer.alloc(2 ** 21)]));
    await expect(openContext(engine, chunksOf(content), large, never)).rejects.toMatchObject({ kind: 'resource-exhausted' });
    const many = { ...defaultContextLimits, maxEntries: 3 };
    await expect(openContext(engine, chunksOf(archive), many, never)).rejects.toMatchObject({ kind: 'resource-exhausted' });
    const described = { ...defaultContextLimits, maxDescriptions: 200 };
    const named = makeTar([{ name: 'a'.repeat(90) }, { name: 'b'.repeat(90), pax: { 'SCHILY.xattr.user.a': 'x'.repeat(20) } }]);
    await expect(openContext(engine, chunksOf(named), described, never)).rejects.toMatchObject({ kind: 'resource-exhausted' });
  });

  it('leaves nothing when it is cancelled, or its sender fails', async () => {
    await expect(openContext(engine, chunksOf(archive), defaultContextLimits, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    const failing = async function* (): AsyncGenerator<Buffer, void, undefined> {
      yield archive.subarray(0, 700);
      throw new Error('sender is gone');
    };
    await expect(openContext(engine, failing(), defaultContextLimits, never)).rejects.toThrow('sender is gone');
  });
});
