import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { survey } from '../../../test/file-tree.ts';
import { makeBareTar, makeTar } from '../../../test/tar.ts';
import { Content } from '../../store/content.ts';
import { layoutIn, makeDirectories } from '../../store/layout.ts';
import { defaultContextLimits, openContext } from './context.ts';

const never = new AbortController().signal;

async function* chunksOf(content: Buffer, size = 1000): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
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
    expect(survey(context.directory)).toEqual([
      '644 0:0 Dockerfile = FROM scratch',
      '750 5:6 dir/',
      '600 0:0 dir/.wh.file = no whiteout',
      '644 0:0 dir/hard = FROM scratch',
      '0:0 link -> /etc/passwd',
    ]);
  });

  it('may be empty', async () => {
    for (const content of [Buffer.alloc(0), makeTar([])]) {
      await using context = await openContext(engine, chunksOf(content), defaultContextLimits, never);
      expect(survey(context.directory)).toEqual([]);
    }
  });

  it('takes the last file without what fills it up', async () => {
    await using context = await openContext(engine, chunksOf(makeBareTar([{ name: 'f', content: 'last' }])), defaultContextLimits, never);
    expect(readFileSync(join(context.directory, 'f'), 'utf8')).toBe('last');
  });

  it.each<[string, Buffer, string]>([
    ['is no archive', Buffer.from('FROM scratch\n'.repeat(100)), 'build context: broken tar archive'],
    ['ends in the middle of a file', archive.subarray(0, 1030), 'build context: broken tar archive: cut off'],
    ['ends in the middle of gzip', gzipSync(archive).subarray(0, 100), 'build context: the content is not valid gzip'],
    ['climbs', makeTar([{ name: '../up', content: 'x' }]), 'leaves the layer'],
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
