import { closeSync, constants, openSync, read as readFile, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { dataLoss } from '@arcbox/errors';
import { storedBytes } from './sparse-map.ts';
import { blockSize, paddingOf } from './tar-header.ts';
import { encodeEntry, type TarEntry } from './encode-entry.ts';

/** A file to archive. What has content has as many bytes of it as `entry.size` says; of a sparse one, which is no Buffer, its extents are read. */
export interface TarItem {
  readonly entry: TarEntry;
  /** The bytes themselves, or where they are: a path, or a descriptor that stays the caller's, and the first byte (0 by default). */
  readonly content?: Buffer | { readonly file: string | Buffer | number; readonly start?: number };
}

export interface TarOptions {
  /** Files may change while they are read: what is missing is filled with zeros. Otherwise that is DATA_LOSS. */
  readonly isChanging?: boolean;
}

/** Bytes of a chunk at most, and those at which it is passed on: what is small always fits in between. */
const chunkSize = 256 * 1024;
const enough = 192 * 1024;

/** Larger files are read while others have their turn; bytes. */
const smallFile = 32 * 1024;

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
  const iterator = Symbol.iterator in items ? items[Symbol.iterator]() : items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      // Most items are small and come at once: waiting for nothing would take longer than all the rest.
      const { done, value } = next instanceof Promise ? await next : next;
      if (done) break;
      const header = encodeEntry(value.entry);
      if (!addSmall(chunk, header, value, options)) yield* addItem(chunk, header, value, options);
      if (chunk.length >= enough) yield chunk.take();
    }
  } finally {
    await iterator.return?.();
  }
  yield* chunk.add(zeros.subarray(0, 2 * blockSize));
  if (chunk.length > 0) yield chunk.take();
}

/** Adds an item that fits into the chunk whatever is in it; false for a larger one. */
function addSmall(chunk: Chunk, header: Buffer, { entry, content }: TarItem, options: TarOptions): boolean {
  if (entry.extents) return false;
  const isFile = entry.size > 0 && !Buffer.isBuffer(content);
  if (header.length + entry.size + blockSize > chunk.free || (isFile && entry.size > smallFile)) return false;
  chunk.put(header);
  if (entry.size === 0) return true;
  if (content === undefined) throw missingContent(entry);
  if (Buffer.isBuffer(content)) chunk.put(content);
  else readSmall(chunk, entry, content, options);
  chunk.put(zeros.subarray(0, paddingOf(entry.size)));
  return true;
}

async function* addItem(
  chunk: Chunk,
  header: Buffer,
  { entry, content }: TarItem,
  options: TarOptions,
): AsyncGenerator<Buffer, void, undefined> {
  yield* chunk.add(header);
  if (entry.size === 0) return;
  if (content === undefined) throw missingContent(entry);
  if (Buffer.isBuffer(content)) yield* chunk.add(content);
  else if (!entry.extents) yield* addFile(chunk, entry, content, options);
  else for (const { offset, length } of entry.extents) yield* addFile(chunk, { ...entry, size: length }, { ...content, start: offset }, options);
  yield* chunk.add(zeros.subarray(0, paddingOf(storedBytes(entry))));
}

type FileContent = Exclude<TarItem['content'], Buffer | undefined>;

/** A descriptor, and the place of the first byte when it is said; a path is opened and, when this is disposed, closed. */
function openContent({ file, start }: FileContent): Disposable & { descriptor: number; start: number | undefined } {
  const descriptor = typeof file === 'number' ? file : openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  return { descriptor, start, [Symbol.dispose]: () => (descriptor === file ? undefined : closeSync(descriptor)) };
}

function readSmall(chunk: Chunk, entry: TarEntry, content: FileContent, { isChanging = false }: TarOptions): void {
  using source = openContent(content);
  for (let left = entry.size; left > 0;) {
    const position = source.start === undefined ? null : source.start + entry.size - left;
    const got = chunk.readNow(source.descriptor, left, position);
    left -= got;
    if (got > 0) continue;
    if (!isChanging) throw shrunk(entry);
    left -= chunk.clear(left);
  }
}

/** Exactly as many bytes as were announced, whatever the file has become meanwhile. */
async function* addFile(
  chunk: Chunk,
  entry: TarEntry,
  content: FileContent,
  { isChanging = false }: TarOptions,
): AsyncGenerator<Buffer, void, undefined> {
  using source = openContent(content);
  for (let left = entry.size; left > 0;) {
    if (chunk.free === 0) yield chunk.take();
    const wanted = Math.min(left, chunk.free);
    const position = source.start === undefined ? null : source.start + entry.size - left;
    const got = await chunk.readLater(source.descriptor, wanted, position);
    left -= got;
    if (got > 0) continue;
    if (!isChanging) throw shrunk(entry);
    left -= chunk.clear(wanted);
  }
}

const missingContent = ({ name }: TarEntry): Error => new Error(`${name} has no content`);
const shrunk = (entry: TarEntry): Error =>
  dataLoss(`${nameOf(entry)} is shorter than ${entry.size} bytes: it changed while it was read`);
const nameOf = ({ name }: TarEntry): string => Buffer.from(name, 'latin1').toString('utf8');

const zeros = Buffer.alloc(2 * blockSize);

/** Gathers bytes; one buffer, used again and again. */
class Chunk {
  readonly #buffer = Buffer.allocUnsafeSlow(chunkSize);
  length = 0;

  get free(): number {
    return chunkSize - this.length;
  }

  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  /** Yields what becomes full on the way. */
  *add(bytes: Buffer): Generator<Buffer, void, undefined> {
    for (let at = 0; at < bytes.length;) {
      if (this.free === 0) yield this.take();
      at += this.put(bytes, at);
    }
  }

  /** As much as there is room for, from `at` on. */
  put(bytes: Buffer, at = 0): number {
    const copied = bytes.copy(this.#buffer, this.length, at);
    this.length += copied;
    return copied;
  }

  /** Without a position: where the descriptor stands. */
  readNow(descriptor: number, length: number, position: number | null): number {
    const got = readSync(descriptor, this.#buffer, this.length, length, position);
    this.length += got;
    return got;
  }

  async readLater(descriptor: number, length: number, position: number | null): Promise<number> {
    const { bytesRead } = await readLater(descriptor, this.#buffer, this.length, length, position);
    this.length += bytesRead;
    return bytesRead;
  }

  clear(length: number): number {
    this.#buffer.fill(0, this.length, this.length + length);
    this.length += length;
    return length;
  }
}
