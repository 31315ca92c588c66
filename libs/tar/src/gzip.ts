import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createGzip, gzip as gzipWhole, type ZlibOptions } from 'node:zlib';
import { internal } from '@arcbox/errors';
import { startChild, writeTo } from './child-stream.ts';
import { igzip, isExecutable } from './decompress.ts';
import { PipeReader } from './pipe-reader.ts';

/** Plain in, compressed out. */
interface Compressor extends AsyncDisposable {
  readonly stdin: Writable;
  readonly output: AsyncIterable<Buffer>;
  readonly done: Promise<void>;
  /** Ends the output now. */
  stop(): void;
}

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
  try {
    const { head, isWhole } = await readHead(chunks);
    if (isWhole) yield await compressWhole(head, options);
    else yield* compress(rejoin(head, chunks));
  } finally {
    await chunks.return?.();
  }
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

async function* rejoin(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  yield head;
  for (let next; !(next = await rest.next()).done;) yield next.value;
}

async function* compress(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  await using compressor = isExecutable(igzip) ? startIgzip() : startZlib();
  let failure: unknown;
  const feeding = feed(input, compressor).catch((error: unknown) => {
    failure = error;
    // The reader below is waiting for output that will not come.
    compressor.stop();
  });
  try {
    yield* compressor.output;
    await feeding;
    if (failure === undefined) await compressor.done;
  } catch (error) {
    if (failure === undefined) throw internal('compressing failed', error);
  } finally {
    compressor.stdin.destroy();
    await feeding;
  }
  if (failure !== undefined) throw failure as Error;
}

async function feed(input: AsyncIterable<Buffer>, { stdin }: Compressor): Promise<void> {
  for await (const chunk of input) if (!(await writeTo(stdin, [chunk]))) return;
  stdin.end();
}

function startIgzip(): Compressor {
  const output = new PipeReader();
  const child = startChild(igzip, ['-1', '-n', '-c'], output.writer);
  output.closeWriter();
  return {
    stdin: child.stdin,
    output,
    done: child.done,
    stop: () => output[Symbol.dispose](),
    async [Symbol.asyncDispose]() {
      output[Symbol.dispose]();
      await child[Symbol.asyncDispose]();
    },
  };
}

function startZlib(): Compressor {
  const stream = createGzip(options);
  const done = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  done.catch(() => {});
  const stop = (): void => void stream.destroy();
  return { stdin: stream, output: stream, done, stop, [Symbol.asyncDispose]: async () => stop() };
}
