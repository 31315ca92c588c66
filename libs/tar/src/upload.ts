import { invalidArgument } from '@arcbox/errors';

/** One message of an archive that comes in pieces. */
export interface UploadPiece {
  readonly data: Buffer;
  /** Set on the last one. */
  readonly eof: boolean;
}

/** An archive as it comes in: pieces until one says that it was the last. What the first says beside holds for all. */
export class Upload<Piece extends UploadPiece> {
  readonly first: Piece;
  readonly #rest: AsyncIterator<Piece>;

  private constructor(first: Piece, rest: AsyncIterator<Piece>) {
    this.first = first;
    this.#rest = rest;
  }

  /** Waits for the first message; INVALID_ARGUMENT when there is none. */
  static async begin<Piece extends UploadPiece>(pieces: AsyncIterable<Piece>): Promise<Upload<Piece>> {
    const iterator = pieces[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done) throw notWhole();
    return new Upload(first.value, iterator);
  }

  /** The archive; INVALID_ARGUMENT when it is not sent to its end. */
  async *content(): AsyncGenerator<Buffer, void, undefined> {
    try {
      let isWhole = this.first.eof;
      if (this.first.data.length > 0) yield this.first.data;
      for (let next; !(next = await this.#rest.next()).done;) {
        if (isWhole) throw invalidArgument('the archive goes on after its end');
        isWhole = next.value.eof;
        if (next.value.data.length > 0) yield next.value.data;
      }
      if (!isWhole) throw notWhole();
    } finally {
      await this.#rest.return?.();
    }
  }
}

const notWhole = (): Error => invalidArgument('the archive was not sent to its end');
