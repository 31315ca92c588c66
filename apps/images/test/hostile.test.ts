import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { ingestLayer } from '../src/ingest.ts';
import { defaultLimits, type UnpackLimits } from '../src/unpack/extract.ts';
import { makeTar, type TarInput } from './tar.ts';

/** A place for one archive only. */
async function unpack(archive: Buffer, limits?: UnpackLimits): Promise<void> {
  using place = new Place();
  await place.unpack(archive, limits);
}

const never = new AbortController().signal;

/** A directory with a file outside the layer that archives would like to reach. */
class Place implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'abx-hostile-'));
  readonly layer = join(this.path, 'layer');
  readonly secret = join(this.path, 'secret');

  constructor() {
    writeFileSync(this.secret, 'untouched');
  }

  async unpack(archive: Buffer, limits: UnpackLimits = defaultLimits): Promise<void> {
    const source = async function* (): AsyncGenerator<Buffer> {
      for (let at = 0; at < archive.length; at += 700) yield archive.subarray(at, at + 700);
    };
    await ingestLayer(source, { file: join(this.path, 'blob'), directory: this.layer, limits }, never);
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

  it('refuses what is cut off, out of order or no tar at all', async () => {
    const whole = makeTar([{ name: 'a', content: 'x'.repeat(5_000) }]);
    await expect(unpack(whole.subarray(0, 3_000))).rejects.toThrow('cut off');
    await expect(unpack(Buffer.alloc(4_096, 'x'))).rejects.toThrow('broken tar archive');
    await expect(unpack(makeTar([{ name: 'sparse', type: 'S' }]))).rejects.toThrow('type "S"');
    const huge = makeTar([{ name: 'x', type: 'x', size: 2 << 20 }]);
    await expect(unpack(huge)).rejects.toThrow('extended header of more than 1 MiB');
  });
});
