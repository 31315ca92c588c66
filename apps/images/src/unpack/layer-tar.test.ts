import { randomInt } from 'node:crypto';
import { cleanName, decodeHeader, decodePax, encodeHeader, encodePax, paddingOf, plainHeader, type TarHeader, zeroBlock } from '@arcbox/tar';
import { LayerTar } from './layer-tar.ts';

const header = (fields: Partial<TarHeader>): TarHeader => ({ ...plainHeader, name: 'x', ...fields });

const entry = (fields: Partial<TarHeader>, content: Buffer = Buffer.alloc(0)): Buffer =>
  Buffer.concat([
    encodeHeader(header({ ...fields, size: content.length })),
    content,
    zeroBlock.subarray(0, paddingOf(content.length)),
  ]);

const rewrite = (archive: Buffer, pieces: number[] = [archive.length]): Buffer => {
  const tar = new LayerTar({ maxBytes: Infinity, maxEntries: 1_000 });
  const out: Buffer[] = [];
  let at = 0;
  for (const length of pieces) {
    out.push(...tar.push(archive.subarray(at, at + length)).map((piece) => Buffer.from(piece)));
    at += length;
  }
  return Buffer.concat([...out, ...tar.end()]);
};

describe('tar header', () => {
  it('comes back as it was written, large and negative numbers too', () => {
    for (const fields of [
      {},
      { uid: 2 ** 31, size: 2 ** 40 },
      { mtime: -86_400 },
      { mtime: 2 ** 35 },
      { name: 'n\xe9', link: 'l', type: '2' },
    ]) {
      expect(decodeHeader(encodeHeader(header(fields)))).toEqual(header(fields));
    }
  });

  it('is refused when it is damaged', () => {
    const block = encodeHeader(header({}));
    block[0] = 0x79;
    expect(() => decodeHeader(block)).toThrow('wrong header checksum');
  });

  it('pax records count their own length', () => {
    for (const length of [1, 5, 90, 91, 92, 93, 990, 995]) {
      const records = new Map([
        ['key', 'v'.repeat(length)],
        ['other', 'a=b\nc'],
      ]);
      expect(decodePax(encodePax(records))).toEqual(records);
    }
    for (const broken of ['5 a=b', '99 a=b\n', 'x a=b\n', '6 abcd\n'])
      expect(() => decodePax(Buffer.from(broken))).toThrow('broken');
  });
});

describe('layer tar', () => {
  it('gives the same however the input is cut', () => {
    const long = 'd/'.repeat(90);
    const archive = Buffer.concat([
      entry({ name: 'dir/', type: '5' }),
      entry(
        { name: 'pax', type: 'x' },
        encodePax(
          new Map([
            ['path', `${long}file`],
            ['SCHILY.xattr.user.a', 'b'],
          ]),
        ),
      ),
      entry({ name: 'cut' }, Buffer.alloc(1_300, 'a')),
      entry({ name: '././@LongLink', type: 'L' }, Buffer.from(`${long}other\0`)),
      entry({ name: 'cut' }, Buffer.alloc(512, 'b')),
      entry({ name: 'dir/.wh.gone' }),
      entry({ name: 'dir/.wh..wh..opq' }),
      Buffer.alloc(1_024),
      Buffer.from('what comes after the end is of no interest'),
    ]);
    const whole = rewrite(archive);
    for (let round = 0; round < 30; round++) {
      const pieces: number[] = [];
      for (let left = archive.length; left > 0; left -= pieces.at(-1) ?? 0)
        pieces.push(Math.min(left, randomInt(1, 700)));
      expect(rewrite(archive, pieces).equals(whole)).toBe(true);
    }
  });

  it('turns whiteouts into those of overlayfs', () => {
    const out = rewrite(
      Buffer.concat([
        entry({ name: 'a/', type: '5', uid: 5 }),
        entry({ name: 'a/.wh.b' }),
        entry({ name: 'a/.wh..wh..opq' }),
        entry({ name: '.wh..wh.plnk' }),
      ]),
    );
    expect(decodeHeader(out.subarray(512, 1_024))).toMatchObject({ name: 'a/b', type: '3', major: 0, minor: 0 });
    expect(decodePax(out.subarray(1_536, 1_536 + decodeHeader(out.subarray(1_024, 1_536)).size))).toEqual(
      new Map([['SCHILY.xattr.trusted.overlay.opaque', 'y']]),
    );
    expect(decodeHeader(out.subarray(2_048, 2_560))).toMatchObject({ name: 'a', type: '5', uid: 5 });
    expect(out.length).toBe(2_560 + 1_024);
  });

  it.each([
    ['a/b', 'a/b'],
    ['./a', 'a'],
    ['/a//b/', 'a/b'],
    ['a/../b', 'b'],
    ['', ''],
    ['./', ''],
    ['/', ''],
    ['...', '...'],
    ['..a/b..', '..a/b..'],
    ['a\nb', 'a\nb'],
  ])('the name %j is %j', (name, clean) => {
    expect(cleanName(name)).toBe(clean);
  });

  it.each(['..', '../a', 'a/../..', '/..', 'a\0b', 'x'.repeat(5_000)])('the name %j is refused', (name) => {
    expect(() => cleanName(name)).toThrow('leaves the layer');
  });
});
