/** A message as it goes over TCP: after its length, in two bytes. */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** Messages in a stream of bytes. */
export class Frames {
  #chunks: Buffer[] = [];
  #length = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Length of the message that comes next; undefined while that is not known. */
  get next(): number | undefined {
    return this.#length < 2 ? undefined : this.#joined().readUInt16BE(0);
  }

  /** The next message, when all of it is there. */
  take(): Buffer | undefined {
    const end = 2 + (this.next ?? Infinity);
    if (this.#length < end) return undefined;
    const joined = this.#joined();
    this.#chunks = [joined.subarray(end)];
    this.#length -= end;
    return joined.subarray(2, end);
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] ?? Buffer.alloc(0);
  }
}
