import { accessSync, constants } from 'node:fs';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { dataLoss } from '@arcbox/errors';
import { type Filter, passThrough, startProgram, startStream } from './filter.ts';
import { rejoin } from './rejoin.ts';

/** Bytes that tell a format: RFC 1952, 2.3.1; RFC 8878, 3.1; the .xz file format, 2.1.1.1; bzip2 with its first block, or its end. */
const magicLength = 10;
const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const bzip2Magic = /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/;

/** ISA-L's gunzip is three times as fast as zlib; it comes with a Debian package of its own. */
export const igzip = '/usr/bin/igzip';

/** libarchive's reader of all that is seldom. */
const bsdcat = '/usr/bin/bsdcat';

export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'none';

/**
 * The plain bytes of a stream that may be compressed. What it is, its first
 * bytes say: media types are often wrong. DATA_LOSS when it is broken. A chunk
 * is valid until the next is asked for.
 */
export async function* decompress(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const { compression, whole } = await detectCompression(input[Symbol.asyncIterator]());
  if (compression === 'none') yield* whole;
  else yield* inflate(whole, compression);
}

/** Looks at the first bytes; `whole` has them too. */
export async function detectCompression(
  chunks: AsyncIterator<Buffer>,
): Promise<{ compression: Compression; whole: AsyncIterable<Buffer> }> {
  const head: Buffer[] = [];
  let length = 0;
  for (let next; length < magicLength && !(next = await chunks.next()).done; length += next.value.length) {
    const isEnough = length + next.value.length >= magicLength;
    // A chunk that another is asked for after may not stay as it is.
    head.push(isEnough ? next.value : Buffer.from(next.value));
  }
  return { compression: compressionOf(Buffer.concat(head)), whole: rejoin(head, chunks) };
}

export function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(0, xzMagic.length).equals(xzMagic)) return 'xz';
  if (bzip2Magic.test(head.toString('latin1'))) return 'bzip2';
  if (head.length < 4) return 'none';
  const magic = head.readUInt32LE(0);
  const isSkippable = magic >= 0x184d2a50 && magic <= 0x184d2a5f;
  return magic === 0xfd2fb528 || isSkippable ? 'zstd' : 'none';
}

function inflate(input: AsyncIterable<Buffer>, compression: Exclude<Compression, 'none'>): AsyncGenerator<Buffer, void, undefined> {
  return passThrough(input, () => startInflater(compression), (cause) => dataLoss(`the content is not valid ${compression}`, cause));
}

function startInflater(compression: Exclude<Compression, 'none'>): Filter {
  switch (compression) {
    case 'gzip':
      return isExecutable(igzip) ? startProgram(igzip, ['-d', '-c']) : startStream(createGunzip());
    case 'zstd':
      return startStream(createZstdDecompress());
    case 'xz':
    case 'bzip2':
      return startProgram(bsdcat, []);
  }
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
