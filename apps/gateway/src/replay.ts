/** Requests up to this size can be sent again; bytes. */
const capacity = 64 * 1024;

/** What a client has sent so far, for another worker if the first one is lost before it answers. */
export class Replay {
  #chunks: Buffer[] | undefined = [];
  #size = 0;

  /** Whether all that was sent is still here. */
  get whole(): boolean {
    return this.#chunks !== undefined;
  }

  get chunks(): readonly Buffer[] {
    return this.#chunks ?? [];
  }

  add(chunk: Buffer): void {
    if (!this.#chunks) return;
    this.#size += chunk.length;
    if (this.#size > capacity) this.forget();
    else this.#chunks.push(chunk);
  }

  /** From here on it cannot be sent again. */
  forget(): void {
    this.#chunks = undefined;
  }
}
