import type { FileHandle } from 'node:fs/promises';

/** Bytes of one write. */
const bufferSize = 1024 * 1024;

/** Appends to a file, many small pieces at a time. */
export class Spool {
  readonly #file: FileHandle;
  readonly #buffer = Buffer.allocUnsafeSlow(bufferSize);
  #length = 0;
  #written = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Where the next piece goes. */
  get end(): number {
    return this.#written + this.#length;
  }

  async add(piece: Buffer): Promise<void> {
    for (let at = 0; at < piece.length;) {
      const copied = piece.copy(this.#buffer, this.#length, at);
      this.#length += copied;
      at += copied;
      if (this.#length === bufferSize) await this.flush();
    }
  }

  async flush(): Promise<void> {
    for (let at = 0; at < this.#length;) {
      at += (await this.#file.write(this.#buffer, at, this.#length - at, this.#written + at)).bytesWritten;
    }
    this.#written += this.#length;
    this.#length = 0;
  }
}
