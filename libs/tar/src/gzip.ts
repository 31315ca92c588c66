import { promisify } from 'node:util';
import { constants, createGzip, gzip as gzipWhole, type ZlibOptions } from 'node:zlib';
import { internal } from '@arcbox/errors';
import { igzip, isExecutable } from './decompress.ts';
import { type Filter, passThrough, startProgram, startStream } from './filter.ts';
import { rejoin } from './rejoin.ts';

/** Smaller input is compressed here: a program takes longer to start; bytes. */
const smallInput = 256 * 1024;

const options = { level: constants.Z_BEST_SPEED };

const compressWhole = promisify<Buffer, ZlibOptions, Buffer>(gzipWhole);

/**
 * Compresses a stream, fast: the same bytes become the same bytes, with neither
 * name nor time in them. A chunk is valid until the next is asked for, and so
 * may be those of the input.
 */
export async function* gzip(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const chunks = input[Symbol.asyncIterator]();
  const { head, isWhole } = await readHead(chunks);
  if (isWhole) yield await compressWhole(head, options);
  else yield* compress(rejoin([head], chunks));
}

/** As much as is compressed at once, or a little more. */
async function readHead(chunks: AsyncIterator<Buffer>): Promise<{ head: Buffer; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  let length = 0;
  let next;
  while (length <= smallInput && !(next = await chunks.next()).done) {
    pieces.push(Buffer.from(next.value));
    length += next.value.length;
  }
  return { head: Buffer.concat(pieces), isWhole: length <= smallInput };
}

function compress(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const start = (): Filter => (isExecutable(igzip) ? startProgram(igzip, ['-1', '-n', '-c']) : startStream(createGzip(options)));
  return passThrough(input, start, (cause) => internal('compressing failed', cause));
}
