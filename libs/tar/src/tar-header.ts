import { dataLoss } from '@arcbox/errors';

/** Every header and all content of a tar archive come in blocks of this many bytes. */
export const blockSize = 512;

/**
 * One header block: pax(1), "ustar Interchange Format", and GNU's numbers.
 * Names are bytes, one a character (latin1).
 */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  /** Whole seconds. */
  readonly mtime: number;
  readonly type: TarType;
  readonly link: string;
  readonly major: number;
  readonly minor: number;
}

/** An empty file of root: what others begin with. */
export const plainHeader: TarHeader = {
  name: '',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  type: '0',
  link: '',
  major: 0,
  minor: 0,
};

/** Type flag; NUL (old regular file) is given as `0`. */
export type TarType = string;

/** Field → offset and length in the block. */
const field = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  link: [157, 100],
  magic: [257, 8],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

const typeOffset = 156;

/** Reads a header block; DATA_LOSS when its checksum is wrong. */
export function decodeHeader(block: Buffer): TarHeader {
  if (readNumber(block, field.checksum) !== checksumOf(block))
    throw dataLoss('broken tar archive: wrong header checksum');
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? readText(block, field.prefix) : '';
  const name = readText(block, field.name);
  const flag = block[typeOffset] ?? 0;
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: readNumber(block, field.mode),
    uid: readNumber(block, field.uid),
    gid: readNumber(block, field.gid),
    size: readNumber(block, field.size),
    mtime: readNumber(block, field.mtime),
    type: flag === 0 ? '0' : String.fromCharCode(flag),
    link: readText(block, field.link),
    major: readNumber(block, field.major),
    minor: readNumber(block, field.minor),
  };
}

/** What follows the name of the format in a header: GNU's own headers, or those of pax(1). */
const magic = { gnu: 'ustar  \0', pax: 'ustar\x0000' } as const;

/** Writes a header block. Names that do not fit are cut: an `L`, `K` or `x` entry before it holds the whole. */
export function encodeHeader(header: TarHeader, format: keyof typeof magic = 'gnu'): Buffer {
  const block = Buffer.alloc(blockSize);
  block.write(header.name.slice(0, field.name[1]), field.name[0], 'latin1');
  writeNumber(block, field.mode, header.mode);
  writeNumber(block, field.uid, header.uid);
  writeNumber(block, field.gid, header.gid);
  writeNumber(block, field.size, header.size);
  writeNumber(block, field.mtime, header.mtime);
  block.write(header.type, typeOffset, 'latin1');
  block.write(header.link.slice(0, field.link[1]), field.link[0], 'latin1');
  block.write(magic[format], field.magic[0], 'latin1');
  writeNumber(block, field.major, header.major);
  writeNumber(block, field.minor, header.minor);
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, field.checksum[0], 'latin1');
  return block;
}

export function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeroBlock);
}

export const zeroBlock = Buffer.alloc(blockSize);

/** Bytes that fill the last block of `size` bytes of content. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize;
}

function checksumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (let i = 0; i < 148; i++) sum += block[i] as number;
  for (let i = 156; i < blockSize; i++) sum += block[i] as number;
  return sum;
}

function readText(block: Buffer, [offset, length]: readonly [number, number]): string {
  const end = block.indexOf(0, offset);
  return block.toString('latin1', offset, end < 0 || end > offset + length ? offset + length : end);
}

/** Octal digits, or GNU's big-endian binary marked by the top bit. */
export function readNumber(block: Buffer, [offset, length]: readonly [number, number]): number {
  const first = block[offset] as number;
  if (first & 0x80) return readBinary(block, offset, length);
  const text = block
    .toString('latin1', offset, offset + length)
    .replace(/\0.*$/s, '')
    .trim();
  if (text === '') return 0;
  if (!/^[0-7]+$/.test(text)) throw dataLoss('broken tar archive: not an octal number');
  return Number.parseInt(text, 8);
}

function readBinary(block: Buffer, offset: number, length: number): number {
  const first = block[offset] as number;
  let value = BigInt(first & 0x40 ? first - 0x100 : first & 0x7f);
  for (let i = 1; i < length; i++) value = value * 256n + BigInt(block[offset + i] as number);
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) {
    throw dataLoss('broken tar archive: a number is too large');
  }
  return Number(value);
}

function writeNumber(block: Buffer, [offset, length]: readonly [number, number], value: number): void {
  const digits = value.toString(8);
  if (value >= 0 && digits.length < length) {
    block.write(`${digits.padStart(length - 1, '0')}\0`, offset, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let i = length - 1; i > 0; i--, rest >>= 8n) block[offset + i] = Number(rest & 0xffn);
  block[offset] = value < 0 ? 0xff : 0x80;
}
