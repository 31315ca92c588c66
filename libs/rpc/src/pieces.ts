import { Piece } from './piece.ts';

/** What ts-proto generates for a message. */
interface MessageType<Message, Partial> {
  fromPartial(object: Partial): Message;
  encode(message: Message): { finish(): Uint8Array };
}

/** Bytes of a piece, unless a single message has more. */
const largest = 64 * 1024;

/** Length of what stands before a message: whether it is compressed, and its length. */
const prefix = 5;

/**
 * Pieces of messages that go to many streams: a message is encoded once, and a list of them put together once, however
 * many get it. Nobody may change a message that was given to this.
 */
export class Pieces<Message, Partial extends object> {
  readonly #type: MessageType<Message, Partial>;
  readonly #frames = new WeakMap<Partial, Buffer>();
  /** The last list that began with this message. */
  readonly #made = new WeakMap<Partial, { readonly messages: readonly Partial[]; readonly pieces: readonly Piece[] }>();

  constructor(type: MessageType<Message, Partial>) {
    this.#type = type;
  }

  /** The messages in order, in as few pieces as their size allows. */
  of(messages: readonly Partial[]): readonly Piece[] {
    const [first] = messages;
    if (!first) return [];
    const known = this.#made.get(first);
    if (known && isSame(known.messages, messages)) return known.pieces;
    const pieces = inPortions(messages.map((message) => this.#frameOf(message))).map((frames) => new Piece(frames));
    this.#made.set(first, { messages, pieces });
    return pieces;
  }

  #frameOf(message: Partial): Buffer {
    const known = this.#frames.get(message);
    if (known) return known;
    const bytes = this.#type.encode(this.#type.fromPartial(message)).finish();
    const frame = Buffer.alloc(prefix + bytes.length);
    frame.writeUInt32BE(bytes.length, 1);
    frame.set(bytes, prefix);
    this.#frames.set(message, frame);
    return frame;
  }
}

const isSame = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);

function inPortions(frames: readonly Buffer[]): readonly (readonly Buffer[])[] {
  const portions: Buffer[][] = [];
  let room = 0;
  for (const frame of frames) {
    if (frame.length > room) {
      portions.push([]);
      room = largest;
    }
    portions.at(-1)?.push(frame);
    room -= frame.length;
  }
  return portions;
}
