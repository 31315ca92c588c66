import { execFileSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { encodePax } from './pax.ts';
import { readTar } from './read-tar.ts';
import { encodeHeader, paddingOf, zeroBlock } from './tar-header.ts';
import { unpackTree } from './unpack-tree.ts';

const formats = ['--format=gnu', ...['0.0', '0.1', '1.0'].map((version) => `--format=pax --sparse-version=${version}`)];

async function* inPieces(archive: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < archive.length; at += 700) yield archive.subarray(at, at + 700);
}

/** An archive of one file with these pax records. */
function archiveOf(content: Buffer, pax: { [key: string]: string }): Buffer {
  const plain = { mode: 0o644, uid: 0, gid: 0, mtime: 0, link: '', major: 0, minor: 0 };
  const records = encodePax(new Map(Object.entries(pax)));
  const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, zeroBlock.subarray(0, paddingOf(bytes.length))]);
  return Buffer.concat([
    encodeHeader({ ...plain, name: 'pax', type: 'x', size: records.length }),
    padded(records),
    encodeHeader({ ...plain, name: 'f', type: '0', size: content.length }),
    padded(content),
    zeroBlock,
    zeroBlock,
  ]);
}

describeIf(['root'], 'sparse files', () => {
  const top = mkdtempSync(join(tmpdir(), 'sparse-'));
  const size = 64 * 2 ** 20 + 100;
  const offsets = Array.from({ length: 40 }, (_, index) => index * 2 ** 20);
  const source = join(top, 'source');
  beforeAll(() => {
    mkdirSync(source);
    const file = openSync(join(source, 'sparse'), 'w');
    for (const at of offsets) writeSync(file, `piece at ${at}`, at);
    ftruncateSync(file, size);
    closeSync(file);
    writeFileSync(join(source, 'after'), 'still in its place');
    const empty = openSync(join(source, 'x'.repeat(120)), 'w');
    ftruncateSync(empty, 2 ** 20);
    closeSync(empty);
  });
  afterAll(() => rmSync(top, { recursive: true }));
  const archiveIn = (format: string): Buffer =>
    execFileSync('tar', [...format.split(' '), '--sparse', '--sort=name', '-C', source, '-cf', '-', '.'], { maxBuffer: 2 ** 27 });

  it.each(formats)('of GNU tar keep what they hold, and their holes: %s', async (format) => {
    const archive = archiveIn(format);
    expect(archive.length).toBeLessThan(2 ** 20);
    const target = mkdtempSync(join(top, 'target-'));
    const root = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await unpackTree(root, readTar(inPieces(archive)), {}, new AbortController().signal);
    } finally {
      closeSync(root);
    }
    execFileSync('diff', ['-r', source, target]);
    expect(statSync(join(target, 'sparse')).blocks * 512).toBeLessThan(2 ** 20);
  });

  it.each(formats)('are read as they are, within a limit: %s', async (format) => {
    const archive = archiveIn(format);
    let content = Buffer.alloc(0);
    for await (const member of readTar(inPieces(archive), { maxHoles: size + 2 ** 20 }))
      if (member.name === 'sparse') content = Buffer.concat(await Array.fromAsync(member.content, (piece) => Buffer.from(piece)));
    expect(content.equals(readFileSync(join(source, 'sparse')))).toBe(true);
    await expect(Array.fromAsync(readTar(inPieces(archive), { maxHoles: 2 ** 20 }))).rejects.toMatchObject({ kind: 'resource-exhausted' });
  });

  const old = (map: string, more = {}): { [key: string]: string } => ({ 'GNU.sparse.size': '100', 'GNU.sparse.map': map, ...more });
  const current = { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' };
  it.each<[string, Buffer, { [key: string]: string }]>([
    ['overlap', Buffer.from('abcd'), old('0,2,1,2')],
    ['lie beyond the end', Buffer.from('abcd'), old('98,4')],
    ['are more than is stored', Buffer.from('ab'), old('0,4')],
    ['are less than is stored', Buffer.from('abcdef'), old('0,4')],
    ['have half a place', Buffer.from('ab'), old('0,2,5')],
    ['are no numbers', Buffer.from('ab'), old('0,-2')],
    ['are others than announced', Buffer.from('ab'), old('0,2', { 'GNU.sparse.numblocks': '2' })],
    ['have no size', Buffer.from('ab'), { 'GNU.sparse.map': '0,2' }],
    ['go on without end', Buffer.alloc(2048, '1'), current],
    ['are cut off', Buffer.from('5\n1\n'), current],
  ])('whose pieces %s are broken', async (_, content, pax) => {
    await expect(Array.fromAsync(readTar(inPieces(archiveOf(content, pax))))).rejects.toMatchObject({ kind: 'data-loss' });
  });

  it('of too many pieces, or of a format to come, are refused', async () => {
    const many = Array.from({ length: 60_000 }, (_, at) => `${at},1`).join(',');
    await expect(Array.fromAsync(readTar(inPieces(archiveOf(Buffer.alloc(0), old(many)))))).rejects.toThrow('more than 50000 pieces');
    const next = { ...current, 'GNU.sparse.major': '2' };
    await expect(Array.fromAsync(readTar(inPieces(archiveOf(Buffer.alloc(0), next))))).rejects.toThrow('unknown format "2.0"');
    await expect(Array.fromAsync(readTar(inPieces(archiveOf(Buffer.from('60000\n'), current))))).rejects.toThrow('more than 50000 pieces');
  });

  it('and those that are not are told apart by their holes alone', async () => {
    const [member] = await Array.fromAsync(readTar(inPieces(archiveOf(Buffer.from('xyz'), old('0,1,50,2')))));
    expect(member).toMatchObject({ size: 100, extents: [{ offset: 0, length: 1 }, { offset: 50, length: 2 }] });
    const [plain] = await Array.fromAsync(readTar(inPieces(archiveOf(Buffer.from('xyz'), {}))));
    expect(plain?.extents).toBeUndefined();
  });
});
