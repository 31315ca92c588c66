/** Messages of a stream that go out together, in one write: a handler gives it in place of a message. */
export class Piece {
  readonly #frames: readonly Uint8Array[];
  #bytes: Buffer | undefined;

  /** Of messages with their prefixes. */
  constructor(frames: readonly Uint8Array[]) {
    this.#frames = frames;
  }

  /** All of them, put together when the first stream has room for them, and once for all streams. */
  get bytes(): Buffer {
    return (this.#bytes ??= Buffer.concat(this.#frames));
  }
}

/** In place of the type of a message: what the library would encode is written past it (`send-ahead.ts`). */
const pieceType = {
  fromPartial: (piece: Piece): Piece => piece,
  encode: (_: Piece): { finish(): Uint8Array } => {
    throw new Error('a piece is written as it is');
  },
  decode: (_: Uint8Array): Piece => {
    throw new Error('a piece is read as messages');
  },
};

/** The same method for a server that answers in pieces. Its clients see no difference. */
export function inPieces<Method extends { readonly responseStream: true }>(
  method: Method,
): Omit<Method, 'responseType'> & { readonly responseType: typeof pieceType } {
  return { ...method, responseType: pieceType };
}
