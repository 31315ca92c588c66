import { invalidArgument } from '@arcbox/errors';

/** Cuts a stream of chunks into contents whose sizes are known. INVALID_ARGUMENT when it holds less than they need, or more. */
export class CutStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `size` bytes, in as few pieces as came; to be read to their end. */
  async *take(size: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0) await this.#next();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Waits for the end of the stream. */
  async end(): Promise<void> {
    if (this.#rest.length > 0 || !(await this.#chunks.next()).done) throw invalidArgument('build context: more was sent than was wanted');
  }

  async #next(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done) throw invalidArgument('build context: it was not sent to its end');
    this.#rest = next.value;
  }
}
