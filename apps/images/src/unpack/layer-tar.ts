import { dataLoss, invalidArgument, resourceExhausted } from '@arcbox/errors';
import {
  applySparseMap,
  assembleEntry,
  blockSize,
  decodeHeader,
  decodePax,
  type Extensions,
  isZero,
  type LayerEntry,
  paddingOf,
  type SparseMapReading,
  startSparseMap,
  storedBytes,
  type TarHeader,
  zeroBlock,
} from '@arcbox/tar';
import { encodeForExtractor } from './extractor-entry.ts';
import { Whiteouts } from './whiteout.ts';

/** Names, links and attributes that come in entries of their own; bytes. */
const maxExtension = 1024 * 1024;

/** What an archive may hold; bytes are those of all regular files, with the holes of sparse ones. */
export interface LayerTarLimits {
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** What to do with the bytes after a header. */
type Body = 'forward' | 'drop' | 'pax' | 'long-name' | 'long-link';

/**
 * Rewrites the tar stream of a layer so that an extractor may be trusted with
 * it: every header is read, checked and written anew; names are clean and
 * relative; whiteouts are those of overlayfs, unless told otherwise. Push bytes in, forward what comes
 * out.
 */
export class LayerTar {
  readonly #limits: LayerTarLimits;
  readonly #translate: (entry: LayerEntry) => LayerEntry | undefined;
  readonly #whiteouts = new Whiteouts();
  #partial: Buffer[] = [];
  #partialLength = 0;
  #body: Body = 'drop';
  #remaining = 0;
  #padding = 0;
  #extensions: Extensions = { pax: new Map() };
  /** A sparse file of which the map is being read. */
  #sparse: { readonly entry: LayerEntry; readonly reading: SparseMapReading } | undefined;
  #ended = false;
  /** Bytes of regular files so far. */
  fileBytes = 0;
  entries = 0;

  /** `translate` gives what is written instead of an entry; without it, whiteouts become those of overlayfs. */
  constructor(limits: LayerTarLimits, translate?: (entry: LayerEntry) => LayerEntry | undefined) {
    this.#limits = limits;
    this.#translate = translate ?? ((entry) => this.#whiteouts.translate(entry));
  }

  /** Directories that there was no entry for; bytes as latin1, empty for the root. */
  get impliedDirectories(): string[] {
    return this.#whiteouts.implied;
  }

  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let at = 0;
    while (at < chunk.length && !this.#ended) {
      at += this.#remaining + this.#padding > 0 ? this.#takeBody(chunk, at, out) : this.#takeHeader(chunk, at, out);
    }
    return out;
  }

  /**
   * Call at the end of input; DATA_LOSS when the archive is cut off. What some builders leave out is given: the zeros
   * after the last file and the end marker. Whether the archive is the whole layer, its diff id says.
   */
  end(): Buffer[] {
    if (this.#remaining > 0 || this.#partialLength > 0 || this.#sparse) throw dataLoss('broken tar archive: cut off');
    const padding = this.#body === 'forward' ? [zeroBlock.subarray(0, this.#padding)] : [];
    return [...padding, zeroBlock, zeroBlock];
  }

  #takeBody(chunk: Buffer, at: number, out: Buffer[]): number {
    const content = Math.min(this.#remaining, chunk.length - at);
    const padding = Math.min(this.#padding, chunk.length - at - content);
    const taken = this.#body === 'forward' || this.#body === 'drop' ? content + padding : content;
    if (this.#body === 'forward') out.push(chunk.subarray(at, at + content + padding));
    else if (this.#body !== 'drop' && content > 0) this.#partial.push(Buffer.from(chunk.subarray(at, at + content)));
    this.#remaining -= content;
    if (taken > content) this.#padding -= taken - content;
    if (this.#remaining === 0 && this.#body !== 'forward' && this.#body !== 'drop') {
      this.#finishExtension();
      // What is left of it is padding.
      this.#body = 'drop';
    }
    return taken;
  }

  #takeHeader(chunk: Buffer, at: number, out: Buffer[]): number {
    const missing = blockSize - this.#partialLength;
    const taken = Math.min(missing, chunk.length - at);
    const piece = chunk.subarray(at, at + taken);
    if (taken === blockSize) {
      this.#header(piece, out);
      return taken;
    }
    this.#partial.push(Buffer.from(piece));
    this.#partialLength += taken;
    if (this.#partialLength === blockSize) {
      const block = Buffer.concat(this.#partial);
      this.#partial = [];
      this.#partialLength = 0;
      this.#header(block, out);
    }
    return taken;
  }

  #header(block: Buffer, out: Buffer[]): void {
    if (this.#sparse) return this.#readMap(this.#sparse, block, out);
    if (isZero(block)) {
      this.#ended = true;
      return;
    }
    const header = decodeHeader(block);
    const extension = extensionBodies[header.type];
    if (extension !== undefined) this.#expect(extension, header.size);
    else this.#begin(header, block, out);
  }

  #expect(body: Body, size: number): void {
    if (size < 0) throw dataLoss('broken tar archive: negative size');
    if (body !== 'drop' && body !== 'forward' && size > maxExtension)
      throw invalidArgument('the archive holds an extended header of more than 1 MiB');
    this.#body = body;
    this.#remaining = size;
    this.#padding = paddingOf(size);
  }

  #finishExtension(): void {
    const content = Buffer.concat(this.#partial);
    this.#partial = [];
    const text = (): string => content.toString('latin1').replace(/\0.*$/s, '');
    if (this.#body === 'pax') this.#extensions = { ...this.#extensions, pax: decodePax(content) };
    else if (this.#body === 'long-name') this.#extensions = { ...this.#extensions, longName: text() };
    else this.#extensions = { ...this.#extensions, longLink: text() };
  }

  #begin(header: TarHeader, block: Buffer, out: Buffer[]): void {
    const { maxEntries } = this.#limits;
    if (++this.entries > maxEntries) throw resourceExhausted(`the layer has more than ${maxEntries} files`);
    const entry = assembleEntry(header, this.#extensions);
    const reading = entry.type === '0' ? startSparseMap(header, block, this.#extensions.pax) : undefined;
    this.#extensions = { pax: new Map() };
    if (reading) this.#readMap({ entry, reading }, undefined, out);
    else this.#entry(entry, out);
  }

  /** Goes on with a map, from its beginning when there is no block yet. */
  #readMap(sparse: { entry: LayerEntry; reading: SparseMapReading }, block: Buffer | undefined, out: Buffer[]): void {
    const step = block ? sparse.reading.next(block) : sparse.reading.next();
    this.#sparse = step.done ? undefined : sparse;
    if (step.done) this.#entry(applySparseMap(sparse.entry, step.value), out);
  }

  #entry(entry: LayerEntry, out: Buffer[]): void {
    const written = this.#translate(entry);
    // Whatever the entry became, its content is in the stream and must be passed over.
    const hasContent = written?.size === entry.size;
    this.#expect(hasContent ? 'forward' : 'drop', storedBytes(entry));
    if (hasContent) this.#count(entry.size);
    if (written) encodeForExtractor(written, out);
  }

  #count(size: number): void {
    const { maxBytes } = this.#limits;
    this.fileBytes += size;
    if (this.fileBytes > maxBytes) throw resourceExhausted(`the layer unpacks to more than ${maxBytes} bytes`);
  }
}

const extensionBodies: { readonly [type: string]: Body } = { x: 'pax', L: 'long-name', K: 'long-link', g: 'drop' };
