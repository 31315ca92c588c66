import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { patience, times } from '../../../tests/e2e/long.ts';
import { spoolArchive } from '../src/archive/archive.ts';
import { ingestLayer } from '../src/store/ingest.ts';
import { removeTree } from '../src/store/remove-tree.ts';
import { defaultLimits, type UnpackLimits } from '../src/unpack/extract.ts';
import { makeTar, type TarInput } from './tar.ts';

/** A place for one archive only. */
async function unpack(archive: Buffer, limits?: UnpackLimits): Promise<void> {
  using place = new Place();
  await place.unpack(archive, limits);
}

const never = new AbortController().signal;

async function* inPieces(archive: Buffer, length = archive.length): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += length) yield archive.subarray(at, at + length);
}

/** A directory with a file outside the layer that archives would like to reach. */
class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'abx-hostile-'));
  readonly layer = join(this.path, 'layer');
  readonly secret = join(this.path, 'secret');

  constructor() {
    writeFileSync(this.secret, 'untouched');
  }

  async unpack(archive: Buffer, limits: UnpackLimits = defaultLimits): Promise<void> {
    await this.unpackStream(inPieces(archive, 700), limits);
  }

  async unpackStream(archive: AsyncIterable<Buffer>, limits: UnpackLimits = defaultLimits): Promise<void> {
    await ingestLayer(() => archive, { file: join(this.path, 'blob'), directory: this.layer, limits }, never);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

describeIf(['root', 'bsdtar', 'python3'], 'hostile archives', () => {
  it.each(['../evil', 'a/../../evil', '..', '/../evil', 'a/b/../../../evil'])('refuses the name %s', async (name) => {
    using place = new Place();
    await expect(
      place.unpack(
        makeTar([
          { name: 'a/', type: '5' },
          { name, content: 'x' },
        ]),
      ),
    ).rejects.toThrow('leaves the layer');
    expect(existsSync(join(place.path, 'evil'))).toBe(false);
  });

  it('refuses such names from extended headers too', async () => {
    using place = new Place();
    await expect(place.unpack(makeTar([{ name: 'ok', pax: { path: '../evil' }, content: 'x' }]))).rejects.toThrow(
      'leaves the layer',
    );
    await expect(unpack(makeTar([{ name: 'hard', type: '1', link: '../secret' }]))).rejects.toThrow('leaves the layer');
  });

  it('takes absolute names as names in the layer', async () => {
    using place = new Place();
    await place.unpack(makeTar([{ name: join(place.path, 'evil'), content: 'inside' }]));
    expect(existsSync(join(place.path, 'evil'))).toBe(false);
    expect(readFileSync(join(place.layer, place.path, 'evil'), 'utf8')).toBe('inside');
  });

  it.each<[string, (place: Place) => TarInput[]]>([
    [
      'an absolute link to a directory',
      ({ path }) => [
        { name: 'out', type: '2', link: path },
        { name: 'out/secret', content: 'evil' },
      ],
    ],
    [
      'a relative link to a directory',
      () => [
        { name: 'out', type: '2', link: '..' },
        { name: 'out/secret', content: 'evil' },
      ],
    ],
    [
      'a link to a file',
      ({ secret }) => [
        { name: 'out', type: '2', link: secret },
        { name: 'out', content: 'evil' },
      ],
    ],
    [
      'a link over a link',
      () => [
        { name: 'a', type: '2', link: '../' },
        { name: 'b', type: '2', link: 'a/..' },
        { name: 'b/secret', content: 'evil' },
      ],
    ],
    [
      'a hard link through a link',
      () => [
        { name: 'out', type: '2', link: '..' },
        { name: 'hard', type: '1', link: 'out/secret' },
        { name: 'hard', content: 'evil' },
      ],
    ],
    ['a whiteout through a link', () => [{ name: 'out', type: '2', link: '..' }, { name: 'out/.wh.secret' }]],
    ['an opaque marker through a link', () => [{ name: 'out', type: '2', link: '..' }, { name: 'out/.wh..wh..opq' }]],
    [
      'a directory over a link',
      ({ path }) => [
        { name: 'out', type: '2', link: path },
        { name: 'out', type: '5', mode: 0o777, uid: 1234 },
      ],
    ],
    ['a hard link to a file of the host', ({ secret }) => [{ name: 'hard', type: '1', link: secret }, { name: 'hard', content: 'evil' }]],
    [
      'a hard link to a link',
      ({ secret }) => [
        { name: 'out', type: '2', link: secret },
        { name: 'hard', type: '1', link: 'out' },
        { name: 'hard', content: 'evil', mode: 0o777 },
      ],
    ],
    [
      'a file in place of a directory that was a link',
      ({ path }) => [
        { name: 'd/', type: '5' },
        { name: 'd', type: '2', link: path },
        { name: 'd/secret', content: 'evil' },
      ],
    ],
    ['a device with an absolute name', ({ secret }) => [{ name: secret, type: '4', major: 8, minor: 0 }]],
    [
      'a device through a link',
      () => [
        { name: 'out', type: '2', link: '..' },
        { name: 'out/secret', type: '3', major: 1, minor: 3 },
      ],
    ],
  ])('writes nothing outside through %s', async (_, entries) => {
    using place = new Place();
    const before = lstatSync(place.path);
    await place.unpack(makeTar(entries(place))).catch(() => {});
    expect(readFileSync(place.secret, 'utf8')).toBe('untouched');
    expect(lstatSync(place.secret)).toMatchObject({ nlink: 1, mode: lstatSync(place.secret).mode });
    expect(lstatSync(place.path)).toMatchObject({ mode: before.mode, uid: before.uid });
    expect(readdirSync(place.path).sort()).toEqual(['blob', 'layer', 'secret']);
  });

  it('keeps attributes and capabilities, but none that steer overlayfs', async () => {
    using place = new Place();
    const capability = '\x01\0\0\x02\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0';
    const pax = {
      'SCHILY.xattr.security.capability': capability,
      'SCHILY.xattr.user.note': 'hi',
      'SCHILY.xattr.trusted.overlay.redirect': '/etc',
    };
    await place.unpack(
      makeTar([
        { name: 'ping', content: 'x', pax },
        { name: 'dir/', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y' } },
      ]),
    );
    const list = 'import os,sys\nfor p in sys.argv[1:]: print([(n,os.getxattr(p,n)) for n in os.listxattr(p)])';
    const said = execFileSync('python3', ['-c', list, join(place.layer, 'ping'), join(place.layer, 'dir')], {
      encoding: 'utf8',
    });
    expect(said).toContain("('user.note', b'hi')");
    expect(said).toContain("('security.capability', b'\\x01\\x00\\x00\\x02\\x00 ");
    expect(said).not.toContain('overlay');
  });

  it('ends bombs: too many bytes, too many files, too dense', async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const tar = (size: number): Buffer => gzipSync(makeTar([{ name: 'zeros', content: Buffer.alloc(size) }]));
    await expect(unpack(tar(4 << 20), { ...defaultLimits, maxBytes: 1 << 20 })).rejects.toThrow(
      'unpacks to more than 1048576 bytes',
    );
    const files = makeTar(Array.from({ length: 20 }, (_, i) => ({ name: String(i) })));
    await expect(unpack(files, { ...defaultLimits, maxEntries: 10 })).rejects.toThrow('more than 10 files');
    await expect(unpack(bomb.subarray(0, 500))).rejects.toThrow(/gzip/);
  });

  it('ends what unpacks to far more than it is, without waiting for all of it', async () => {
    using place = new Place();
    const zeros = gzipSync(Buffer.alloc(32 << 20));
    let taken = 0;
    const bomb = async function* (): AsyncGenerator<Buffer> {
      for (; taken < 1_000; taken++) yield zeros;
    };
    const limits = { ...defaultLimits, maxBytes: Infinity };
    await expect(ingestLayer(bomb, { file: join(place.path, 'blob'), limits }, never)).rejects.toThrow(
      'the layer unpacks to more than 200 times its size',
    );
    expect(taken).toBeLessThan(100);
  });

  it('ends compressed archives of images that are bombs, or of too many files', async () => {
    using place = new Place();
    const limits = { ...defaultLimits, maxBytes: 1 << 20 };
    const archive = makeTar([{ name: 'layer.tar', content: Buffer.alloc(2 << 20) }]);
    await expect(spoolArchive(inPieces(gzipSync(archive)), place.path, limits)).rejects.toThrow(
      'the archive unpacks to more than 1048576 bytes',
    );
    using plain = new Place();
    const files = await spoolArchive(inPieces(archive), plain.path, limits);
    expect(files.get('layer.tar').size).toBe(2 << 20);
    using many = new Place();
    const entries = Array.from({ length: 10_001 }, (_, i) => ({ name: `f${i}` }));
    await expect(spoolArchive(inPieces(makeTar(entries)), many.path, defaultLimits)).rejects.toThrow(
      'the archive holds more than 10000 files',
    );
  });

  it('follows no link of an archive of images to files of the host', async () => {
    using place = new Place();
    const entries = [
      { name: 'a/manifest.json', type: '2', link: '../../../../../../etc/passwd' },
      { name: 'a/absolute', type: '2', link: '/etc/passwd' },
      { name: 'a/hard', type: '1', link: '/etc/passwd' },
      { name: 'a/device', type: '3', major: 1, minor: 5 },
    ];
    await expect(spoolArchive(inPieces(makeTar(entries.slice(0, 1))), place.path, defaultLimits)).rejects.toThrow(
      'leaves the layer',
    );
    const files = await spoolArchive(inPieces(makeTar(entries.slice(1))), place.path, defaultLimits);
    for (const { name } of entries) expect(files.has(name)).toBe(false);
  });

  it.each(['--format=gnu', ...['0.0', '0.1', '1.0'].map((version) => `--format=pax --sparse-version=${version}`)])(
    'unpacks sparse files with their holes: %s',
    async (format) => {
      using place = new Place();
      const [size, name] = [2 ** 24 + 1, `${'long/'.repeat(25)}sparse`];
      mkdirSync(join(place.path, 'source', dirname(name)), { recursive: true });
      const file = join(place.path, 'source', name);
      for (const [at, text] of [[0, 'begin'], [2 ** 20, 'x'.repeat(5_000)], [2 ** 23, 'end']] as const) {
        writeFileSync(file, text, { flag: 'a' });
        truncateSync(file, at === 2 ** 23 ? size : 4 * Math.max(at, 2 ** 18));
      }
      const archive = execFileSync('tar', [...format.split(' '), '--sparse', '-C', join(place.path, 'source'), '-c', '.'], { maxBuffer: size });
      expect(archive.length).toBeLessThan(2 ** 20);
      await place.unpack(archive);
      expect(readFileSync(join(place.layer, name)).equals(readFileSync(file))).toBe(true);
      expect(lstatSync(join(place.layer, name)).blocks * 512).toBeLessThan(2 ** 20);
      await expect(unpack(archive, { ...defaultLimits, maxBytes: 2 ** 23 })).rejects.toThrow('unpacks to more than 8388608 bytes');
    },
  );

  it.each<[string, Record<string, string>]>([
    ['0.1', { 'GNU.sparse.size': '9007199254740991', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,6' }],
    ['1.0', { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '9007199254740991' }],
  ])('holds holes for bytes, in pax format %s', async (_, pax) => {
    const content = Buffer.concat([Buffer.from('1\n0\n6\n'), Buffer.alloc(506), Buffer.from('stored')]).subarray(pax['GNU.sparse.major'] ? 0 : 512);
    await expect(unpack(makeTar([{ name: 'sparse', content, pax }]))).rejects.toThrow('unpacks to more than');
    using place = new Place();
    await place.unpack(makeTar([{ name: 'sparse', content, pax: { ...pax, 'GNU.sparse.realsize': '9', 'GNU.sparse.size': '9' } }]));
    expect(readFileSync(join(place.layer, 'sparse'), 'latin1')).toBe('stored\0\0\0');
  });

  it('refuses sizes that no disk holds', async () => {
    await expect(unpack(makeTar([{ name: 'x', size: 2 ** 52, content: 'x' }]))).rejects.toThrow('unpacks to more than');
    await expect(unpack(makeTar([{ name: 'x', size: 2 ** 30, content: 'x' }]))).rejects.toThrow('cut off');
    await expect(unpack(makeTar([{ name: 'x', content: 'x', pax: { size: '9999999999999999999' } }]))).rejects.toThrow('size=');
    await expect(unpack(makeTar([{ name: 'x', content: 'x', pax: { size: '-1' } }]))).rejects.toThrow('size=');
    const nobodys: Record<string, string>[] = [{ mtime: '1e400' }, { mtime: '9'.repeat(400) }, { uid: '-1' }, { gid: '4294967295' }];
    for (const pax of nobodys)
      await expect(unpack(makeTar([{ name: 'x', pax }]))).rejects.toMatchObject({ kind: 'invalid-argument' });
    await expect(unpack(makeTar([{ name: 'x', uid: -5 }]))).rejects.toMatchObject({ kind: 'invalid-argument' });
    const wide = { 'SCHILY.xattr.user.wide': 'x'.repeat(1_000_000) };
    const directories = Array.from({ length: 70 }, (_, i) => ({ name: `d${i}/`, type: '5', pax: wide }));
    await expect(unpack(makeTar(directories))).rejects.toThrow('too many long names');
  });

  it('unpacks a great many tiny files, each in its place', async () => {
    using place = new Place();
    const [directories, each] = [times(8, 1_000), 1_000];
    const archive = async function* (): AsyncGenerator<Buffer> {
      for (let d = 0; d < directories; d++) {
        const files = Array.from({ length: each }, (_, i) => ({ name: `${d}/${i}`, content: String(i) }));
        yield makeTar([{ name: `${d}/`, type: '5' }, ...files]).subarray(0, -1_024);
      }
      yield Buffer.alloc(1_024);
    };
    await place.unpackStream(archive());
    expect(readdirSync(place.layer)).toHaveLength(directories);
    for (let d = 0; d < directories; d++) expect(readdirSync(join(place.layer, String(d)))).toHaveLength(each);
    expect(readFileSync(join(place.layer, `${directories - 1}/999`), 'utf8')).toBe('999');
    expect(readdirSync(place.path).sort()).toEqual(['blob', 'layer', 'secret']);
    await removeTree(place.layer);
  }, 10 * patience);

  it('refuses what is cut off, out of order or no tar at all', async () => {
    const whole = makeTar([{ name: 'a', content: 'x'.repeat(5_000) }]);
    await expect(unpack(whole.subarray(0, 3_000))).rejects.toThrow('cut off');
    await expect(unpack(Buffer.alloc(4_096, 'x'))).rejects.toThrow('broken tar archive');
    await expect(unpack(makeTar([{ name: 'multi', type: 'M' }]))).rejects.toThrow('type "M"');
    await expect(unpack(makeTar([{ name: 'sparse', type: 'S', size: 512, content: 'x'.repeat(512) }]))).rejects.toThrow('map of a sparse file');
    const huge = makeTar([{ name: 'x', type: 'x', size: 2 << 20 }]);
    await expect(unpack(huge)).rejects.toThrow('extended header of more than 1 MiB');
  });
});
