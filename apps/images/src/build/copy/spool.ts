import { createHash, type Hash, hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { resourceExhausted } from '@arcbox/errors';

/** Bytes of one write. */
const bufferSize = 1024 * 1024;

/** A content in a file with many. */
export interface Kept {
  /** Its first byte. */
  readonly offset: number;
  /** sha256, in hex. */
  readonly digest: string;
}

/** Appends to a file, many small pieces at a time. RESOURCE_EXHAUSTED when the disk is full. */
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

  /**
   * Adds the content of one file of `size` bytes. Most come in one piece; to
   * hash that costs half of what a hash of pieces does.
   */
  async store(size: number, content: AsyncIterable<Buffer>): Promise<Kept> {
    const offset = this.end;
    let digest: string | undefined;
    let hashing: Hash | undefined;
    for await (const piece of content) {
      if (piece.length === size) digest = hash('sha256', piece, 'hex');
      else (hashing ??= createHash('sha256')).update(piece);
      await this.add(piece);
    }
    return { offset, digest: digest ?? hashing?.digest('hex') ?? digestOfNothing };
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
    for (let at = 0; at < this.#length;) at += await this.#write(at);
    this.#written += this.#length;
    this.#length = 0;
  }

  async #write(at: number): Promise<number> {
    try {
      return (await this.#file.write(this.#buffer, at, this.#length - at, this.#written + at)).bytesWritten;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
      throw resourceExhausted('keeping the build context: no space left on device', error);
    }
  }
}

/** sha256 of an empty file. */
export const digestOfNothing = hash('sha256', '', 'hex');
