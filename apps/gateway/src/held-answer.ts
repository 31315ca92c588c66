/** Answers up to this size are held; bytes. */
const capacity = 64 * 1024;

/**
 * What a worker has answered so far to a call that may be made again elsewhere: the client sees nothing of it until it is
 * whole, or too large to be kept.
 */
export class HeldAnswer {
  /** Names and values of its head, in turn. */
  readonly head: string[];
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(head: string[]) {
    this.head = head;
  }

  /** Whether it has reached its bound. */
  get isFull(): boolean {
    return this.#size >= capacity;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }
}
