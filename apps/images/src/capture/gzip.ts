import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { internal } from '@arcbox/errors';
import { startChild, writeTo } from '../unpack/child-stream.ts';
import { igzip, isExecutable } from '../unpack/decompress.ts';
import { PipeReader } from '../unpack/pipe-reader.ts';

/** Plain in, compressed out. */
interface Compressor extends AsyncDisposable {
  readonly stdin: Writable;
  readonly output: AsyncIterable<Buffer>;
  readonly done: Promise<void>;
  /** Ends the output now. */
  stop(): void;
}

/**
 * Compresses a stream, fast: the same bytes become the same bytes, with neither
 * name nor time in them. A chunk is valid until the next is asked for, and so
 * may be those of the input.
 */
export async function* gzip(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
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
  const stream = createGzip({ level: 1 });
  const done = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  done.catch(() => {});
  const stop = (): void => void stream.destroy();
  return { stdin: stream, output: stream, done, stop, [Symbol.asyncDispose]: async () => stop() };
}
