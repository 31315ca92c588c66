import { closeSync, constants, openSync, read as readFile, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { dataLoss } from '@arcbox/errors';
import { blockSize, paddingOf } from './tar-header.ts';
import { encodeEntry, type TarEntry } from './encode-entry.ts';

/** A file to archive. What has content has as many bytes of it as `entry.size` says. */
export interface TarItem {
  readonly entry: TarEntry;
  /** The bytes themselves, or where they are: a path, or a descriptor that stays the caller's, and the first byte (0 by default). */
  readonly content?: Buffer | { readonly file: string | Buffer | number; readonly start?: number };
}

export interface TarOptions {
  /** Files may change while they are read: what is missing is filled with zeros. Otherwise that is DATA_LOSS. */
  readonly isChanging?: boolean;
}

/** Bytes of a chunk, unless it is the last. */
const chunkSize = 256 * 1024;

/** Larger files are read while others have their turn; bytes. */
const smallFile = 64 * 1024;

const readLater = promisify(readFile);

/**
 * A plain tar archive of these files, in this order. The same files make the
 * same bytes. Memory holds one chunk, whatever the size of a file: a chunk is
 * valid until the next is asked for.
 */
export async function* writeTar(
  items: AsyncIterable<TarItem> | Iterable<TarItem>,
  options: TarOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const chunk = new Chunk();
  for await (const { entry, content } of items) {
    yield* chunk.add(encodeEntry(entry));
    if (entry.size === 0) continue;
    if (content === undefined) throw new Error(`${entry.name} has no content`);
    if (Buffer.isBuffer(content)) yield* chunk.add(content);
    else yield* addFile(chunk, entry, content, options);
    yield* chunk.add(zeros.subarray(0, paddingOf(entry.size)));
  }
  yield* chunk.add(zeros.subarray(0, 2 * blockSize));
  if (chunk.length > 0) yield chunk.take();
}

/** Exactly as many bytes as were announced, whatever the file has become meanwhile. */
async function* addFile(
  chunk: Chunk,
  entry: TarEntry,
  { file, start }: Exclude<TarItem['content'], Buffer | undefined>,
  { isChanging = false }: TarOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const descriptor = typeof file === 'number' ? file : openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let left = entry.size; left > 0;) {
      if (chunk.isFull) yield chunk.take();
      const wanted = Math.min(left, chunk.free);
      const position = start === undefined ? null : start + entry.size - left;
      const got = await chunk.readFrom(descriptor, { length: wanted, position }, entry.size <= smallFile);
      left -= got;
      if (got > 0) continue;
      if (!isChanging) throw dataLoss(`${nameOf(entry)} is shorter than ${entry.size} bytes: it changed while it was read`);
      left -= chunk.clear(wanted);
    }
  } finally {
    if (descriptor !== file) closeSync(descriptor);
  }
}

const nameOf = ({ name }: TarEntry): string => Buffer.from(name, 'latin1').toString('utf8');

const zeros = Buffer.alloc(2 * blockSize);

/** Gathers bytes; one buffer, used again and again. */
class Chunk {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkSize);
  length = 0;

  get free(): number {
    return chunkSize - this.length;
  }

  get isFull(): boolean {
    return this.length === chunkSize;
  }

  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  /** Yields what becomes full on the way. */
  *add(bytes: Buffer): Generator<Buffer, void, undefined> {
    for (let at = 0; at < bytes.length;) {
      if (this.isFull) yield this.take();
      const copied = bytes.copy(this.#buffer, this.length, at);
      this.length += copied;
      at += copied;
    }
  }

  /** Without a position: where the descriptor stands. */
  async readFrom(descriptor: number, { length, position }: { length: number; position: number | null }, isSmall: boolean): Promise<number> {
    const got = isSmall
      ? readSync(descriptor, this.#buffer, this.length, length, position)
      : (await readLater(descriptor, this.#buffer, this.length, length, position)).bytesRead;
    this.length += got;
    return got;
  }

  clear(length: number): number {
    this.#buffer.fill(0, this.length, this.length + length);
    this.length += length;
    return length;
  }
}
