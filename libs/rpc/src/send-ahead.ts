import { Duplex } from 'node:stream';
import { ServerInterceptingCall, type ServerInterceptingCallInterface, type ServerInterceptor } from '@grpc/grpc-js';
import { Piece } from './piece.ts';

/** A message is 64 KiB at most, usually: a reader that does not read costs no more memory than so many of them. */
const ahead = 16;

/** Of pieces there are many readers: each that does not read costs so many bytes. */
const aheadBytes = 64 * 1024;

/**
 * Lets a stream of answers go on before each of them is on its way: those that
 * wait go out together, in one write. One at a time, as the library sends them,
 * a line of a log costs as much as 16 KiB. A piece, of which the library knows nothing, is written past it.
 */
export const sendAhead: ServerInterceptor = (_method, call) => new AheadCall(call);

class AheadCall extends ServerInterceptingCall {
  readonly #stream: Duplex;
  #waiting = 0;
  #waitingBytes = 0;
  #held: (() => void) | undefined;

  constructor(call: ServerInterceptingCallInterface) {
    super(call);
    this.#stream = streamOf(call);
  }

  override sendMessage(message: unknown, sent: () => void): void {
    const bytes = message instanceof Piece ? message.bytes : undefined;
    const size = bytes?.length ?? 0;
    this.#waiting++;
    this.#waitingBytes += size;
    const onItsWay = (): void => {
      this.#waiting--;
      this.#waitingBytes -= size;
      const held = this.#held;
      this.#held = undefined;
      held?.();
    };
    if (bytes) this.#write(bytes, onItsWay);
    else super.sendMessage(message, onItsWay);
    if (this.#waiting < ahead && this.#waitingBytes < aheadBytes) sent();
    else this.#held = sent;
  }

  /** The head was sent when the call began. Of a stream that has ended, or is gone, the library tells the handler. */
  #write(bytes: Buffer, onItsWay: () => void): void {
    if (!this.#stream.writable || this.#stream.closed) return;
    this.#stream.write(bytes, (error) => {
      if (!error) onItsWay();
    });
  }
}

/** What the library writes to. It has no name for it. */
function streamOf(call: ServerInterceptingCallInterface): Duplex {
  const { stream } = call as { readonly stream?: unknown };
  if (!(stream instanceof Duplex)) throw new Error('the stream of a call cannot be found');
  return stream;
}
