import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** A message is 64 KiB at most, usually: a reader that does not read costs no more memory than so many of them. */
const ahead = 16;

/**
 * Lets a stream of answers go on before each of them is on its way: those that
 * wait go out together, in one write. One at a time, as the library sends them,
 * a line of a log costs as much as 16 KiB.
 */
export const sendAhead: ServerInterceptor = (_method, call) => new AheadCall(call);

class AheadCall extends ServerInterceptingCall {
  #waiting = 0;
  #held: (() => void) | undefined;

  override sendMessage(message: unknown, sent: () => void): void {
    this.#waiting++;
    super.sendMessage(message, () => {
      this.#waiting--;
      const held = this.#held;
      this.#held = undefined;
      held?.();
    });
    if (this.#waiting < ahead) sent();
    else this.#held = sent;
  }
}
