import type { Duplex, Writable } from 'node:stream';
import { startChild, writeTo } from './child-stream.ts';
import { PipeReader } from './pipe-reader.ts';

/** Bytes go in and come out as others: a compressor, or the opposite. */
export interface Filter extends AsyncDisposable {
  readonly stdin: Writable;
  readonly output: AsyncIterable<Buffer>;
  /** Whether it all went well. */
  readonly done: Promise<void>;
  /** Ends the output now. */
  stop(): void;
}

/** A program that reads its standard input and writes to its standard output. */
export function startProgram(program: string, args: readonly string[]): Filter {
  const output = new PipeReader();
  const child = startChild(program, args, output.writer);
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

/** A stream of node:zlib. */
export function startStream(stream: Duplex): Filter {
  const done = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject));
  done.catch(() => {});
  const stop = (): void => void stream.destroy();
  return { stdin: stream, output: stream, done, stop, [Symbol.asyncDispose]: async () => stop() };
}

/** What a filter makes of the input; `failed` says what a failure of the filter means, those of the input stay. */
export async function* passThrough(
  input: AsyncIterable<Buffer>,
  start: () => Filter,
  failed: (cause: unknown) => Error,
): AsyncGenerator<Buffer, void, undefined> {
  await using filter = start();
  let failure: unknown;
  const feeding = feed(input, filter).catch((error: unknown) => {
    failure = error;
    // The reader below is waiting for output that will not come.
    filter.stop();
  });
  try {
    yield* filter.output;
    await feeding;
    // One that was stopped never ends by itself.
    if (failure === undefined) await filter.done;
  } catch (error) {
    if (failure === undefined) throw failed(error);
  } finally {
    filter.stdin.destroy();
    await feeding;
  }
  if (failure !== undefined) throw failure as Error;
}

async function feed(input: AsyncIterable<Buffer>, { stdin }: Filter): Promise<void> {
  for await (const chunk of input) if (!(await writeTo(stdin, [chunk]))) return;
  stdin.end();
}
