/** Requests up to this size can be sent again; bytes. */
const capacity = 64 * 1024;

/** What a client has sent so far, until a worker answers: for the first worker, and for another one if that is lost. */
export class Replay {
  #chunks: Buffer[] | undefined = [];
  #size = 0;

  /** Whether all that was sent is still here. */
  get isWhole(): boolean {
    return this.#chunks !== undefined;
  }

  /** Whether it has reached its bound. */
  get isFull(): boolean {
    return this.#size >= capacity;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks ?? [];
  }

  add(chunk: Buffer): void {
    if (!this.#chunks) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** From here on it cannot be sent again. */
  forget(): void {
    this.#chunks = undefined;
  }
}
