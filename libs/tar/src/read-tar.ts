import { dataLoss, invalidArgument, resourceExhausted } from '@arcbox/errors';
import { assembleEntry, type EntryOptions, type Extensions, type LayerEntry } from './layer-entry.ts';
import { decodePax } from './pax.ts';
import { fillHoles } from './sparse-file.ts';
import { applySparseMap, startSparseMap, storedBytes } from './sparse-map.ts';
import { blockSize, decodeHeader, isZero, paddingOf, type TarHeader } from './tar-header.ts';

const maxExtension = 1024 * 1024;

/** A file of an archive. Its content is to be read before the next entry; what is left is passed over. */
export interface TarMember extends LayerEntry {
  /** All `size` bytes. */
  readonly content: AsyncIterable<Buffer>;
  /** The same without the holes of a sparse file: read one or the other. */
  readonly stored: AsyncIterable<Buffer>;
}

export interface ReadTarOptions extends EntryOptions {
  /** Bytes that all holes of sparse files are together at most; whoever reads `content` should set it. */
  readonly maxHoles?: number;
}

/** The members of a plain tar archive, in order. DATA_LOSS when it is cut off. Who stops early ends the input as well. */
export async function* readTar(
  input: AsyncIterable<Buffer>,
  { maxHoles = Infinity, ...options }: ReadTarOptions = {},
): AsyncGenerator<TarMember, void, undefined> {
  const bytes = new ByteReader(input);
  let holes = 0;
  try {
    for await (const member of readMembers(bytes, options)) {
      holes += member.size - storedBytes(member);
      if (holes > maxHoles) throw resourceExhausted(`the archive holds sparse files of more than ${maxHoles} bytes`);
      yield member;
    }
    await bytes.drain();
  } finally {
    await bytes.close();
  }
}

async function* readMembers(bytes: ByteReader, options: EntryOptions): AsyncGenerator<TarMember, void, undefined> {
  let extensions: Extensions = { pax: new Map() };
  for (;;) {
    const block = await bytes.readOrEnd(blockSize);
    if (!block || isZero(block)) break;
    const header = decodeHeader(block);
    if ('xgLK'.includes(header.type)) {
      if (header.size > maxExtension || header.size < 0)
        throw invalidArgument('the archive holds an oversized extended header');
      const content = await bytes.read(header.size);
      await bytes.skip(paddingOf(header.size));
      extensions = extend(extensions, header.type, content);
      continue;
    }
    const entry = await readEntry(bytes, { header, block, extensions }, options);
    extensions = { pax: new Map() };
    const size = storedBytes(entry);
    const stored = bytes.take(size);
    yield { ...entry, stored, content: entry.extents ? fillHoles(entry, stored) : stored };
    for await (const _ of stored);
    // Some builders leave out the zeros after the last file.
    await bytes.pass(paddingOf(size));
  }
}

/** The entry of a header, with the map that follows it when it is that of a sparse file. */
async function readEntry(
  bytes: ByteReader,
  { header, block, extensions }: { header: TarHeader; block: Buffer; extensions: Extensions },
  options: EntryOptions,
): Promise<LayerEntry> {
  const entry = assembleEntry(header, extensions, options);
  if (entry.size < 0) throw dataLoss('broken tar archive: negative size');
  const reading = entry.type === '0' ? startSparseMap(header, block, extensions.pax) : undefined;
  if (!reading) return entry;
  let step = reading.next();
  while (!step.done) step = reading.next(await bytes.read(blockSize));
  return applySparseMap(entry, step.value);
}

function extend(extensions: Extensions, type: string, content: Buffer): Extensions {
  const text = (): string => content.toString('latin1').replace(/\0.*$/s, '');
  if (type === 'x') return { ...extensions, pax: decodePax(content) };
  if (type === 'L') return { ...extensions, longName: text() };
  return type === 'K' ? { ...extensions, longLink: text() } : extensions;
}

/** Cuts a stream of chunks into pieces of given lengths. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(input: AsyncIterable<Buffer>) {
    this.#chunks = input[Symbol.asyncIterator]();
  }

  /** Exactly `length` bytes, or undefined when the input has ended before. */
  async readOrEnd(length: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#upTo(length)) pieces.push(Buffer.from(piece));
    const whole = Buffer.concat(pieces);
    if (whole.length === 0 && length > 0) return undefined;
    if (whole.length < length) throw dataLoss('broken tar archive: cut off');
    return whole;
  }

  async read(length: number): Promise<Buffer> {
    const bytes = await this.readOrEnd(length);
    if (!bytes) throw dataLoss('broken tar archive: cut off');
    return bytes;
  }

  async skip(length: number): Promise<void> {
    await this.read(length);
  }

  /** Like `skip`, but the input may end before. */
  async pass(length: number): Promise<void> {
    for await (const _ of this.#upTo(length));
  }

  /** The next `length` bytes, piece by piece; what one reader leaves, the next goes on with. */
  take(length: number): AsyncIterable<Buffer> {
    let left = length;
    const upTo = (n: number): AsyncIterable<Buffer> => this.#upTo(n);
    return {
      async *[Symbol.asyncIterator]() {
        for await (const piece of upTo(left)) {
          left -= piece.length;
          yield piece;
        }
        if (left > 0) throw dataLoss('broken tar archive: cut off');
      },
    };
  }

  /** Reads to the end, so that whoever compressed or sent it can say that it is whole. */
  async drain(): Promise<void> {
    while (!(await this.#chunks.next()).done);
  }

  /** Whatever makes the input ends with it, a program that decompresses, for one. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async *#upTo(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return;
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}
