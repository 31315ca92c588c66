import type { Piece, StreamName } from './line.ts';

/** Bytes of one stream, in the order they were written. */
export interface Output {
  readonly stream: StreamName;
  readonly bytes: Buffer;
}

/** Output is handed on at the latest when it is this large, bytes. */
const enough = 32 * 1024;

/** Puts neighbouring pieces of one stream together: a message for every short line would be nearly all of the work. */
export class OutputJoiner {
  #stream: StreamName = 'stdout';
  #parts: Buffer[] = [];
  #size = 0;

  /** What is complete now, if anything is. */
  push({ stream, bytes }: Piece): Output | undefined {
    const complete = stream !== this.#stream || this.#size >= enough ? this.take() : undefined;
    this.#stream = stream;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    return complete;
  }

  /** What there is so far. */
  take(): Output | undefined {
    if (this.#size === 0) return undefined;
    const output = { stream: this.#stream, bytes: Buffer.concat(this.#parts) };
    this.#parts = [];
    this.#size = 0;
    return output;
  }
}
