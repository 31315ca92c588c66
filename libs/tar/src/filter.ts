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

/**
 * What a filter makes of the input; `failed` says what a failure of the filter means, those of the input stay. Who
 * leaves early does not wait for what the input brings next: it ends when that has come.
 */
export async function* passThrough(
  input: AsyncIterable<Buffer>,
  start: () => Filter,
  failed: (cause: unknown) => Error,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks = input[Symbol.asyncIterator]();
  await using filter = await begin(start, chunks);
  let failure: unknown;
  const feeder = new Feeder(chunks, filter);
  const feeding = feeder.run().catch((error: unknown) => {
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
    feeder.stop();
    if (!feeder.isWaiting) await feeding;
  }
  if (failure !== undefined) throw failure as Error;
}

/** The input ends also when the filter cannot be started. */
async function begin(start: () => Filter, chunks: AsyncIterator<Buffer>): Promise<Filter> {
  try {
    return start();
  } catch (error) {
    await chunks.return?.();
    throw error;
  }
}

/** Brings the input to a filter. */
class Feeder {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #stdin: Writable;
  #isStopped = false;
  /** For the next chunk of the input. */
  isWaiting = false;

  constructor(chunks: AsyncIterator<Buffer>, { stdin }: Filter) {
    this.#chunks = chunks;
    this.#stdin = stdin;
  }

  async run(): Promise<void> {
    try {
      while (!this.#isStopped) {
        const next = await this.#next();
        if (next.done) return void this.#stdin.end();
        if (!(await writeTo(this.#stdin, [next.value]))) return;
      }
    } finally {
      await this.#chunks.return?.();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#stdin.destroy();
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    this.isWaiting = true;
    try {
      return await this.#chunks.next();
    } finally {
      this.isWaiting = false;
    }
  }
}
