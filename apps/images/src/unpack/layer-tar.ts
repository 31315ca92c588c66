import { dataLoss, invalidArgument, resourceExhausted } from '@arcbox/errors';
import {
  assembleEntry,
  blockSize,
  decodeHeader,
  decodePax,
  encodeHeader,
  encodePax,
  type Extensions,
  isZero,
  type LayerEntry,
  paddingOf,
  type PaxRecords,
  type TarHeader,
  zeroBlock,
} from '@arcbox/tar';
import { Whiteouts } from './whiteout.ts';

/** Names, links and attributes that come in entries of their own; bytes. */
const maxExtension = 1024 * 1024;

/** What the directory that is unpacked into is given, unless the archive says otherwise. */
export type RootAttributes = Pick<TarHeader, 'mode' | 'uid' | 'gid' | 'mtime'>;

const newRoot: RootAttributes = { mode: 0o755, uid: 0, gid: 0, mtime: 0 };

/** What to do with the bytes after a header. */
type Body = 'forward' | 'drop' | 'pax' | 'long-name' | 'long-link';

/**
 * Rewrites the tar stream of a layer so that an extractor may be trusted with
 * it: every header is read, checked and written anew; names are clean and
 * relative; whiteouts are those of overlayfs, unless told otherwise. Push bytes in, forward what comes
 * out.
 */
export class LayerTar {
  readonly #maxEntries: number;
  readonly #translate: (entry: LayerEntry) => LayerEntry | undefined;
  readonly #whiteouts = new Whiteouts();
  #partial: Buffer[] = [];
  #partialLength = 0;
  #body: Body = 'drop';
  #remaining = 0;
  #padding = 0;
  #extensions: Extensions = { pax: new Map() };
  #ended = false;
  /** Bytes of regular files so far. */
  fileBytes = 0;
  entries = 0;

  /** `translate` gives what is written instead of an entry; without it, whiteouts become those of overlayfs. */
  constructor(options: { maxEntries: number; translate?: (entry: LayerEntry) => LayerEntry | undefined }) {
    this.#maxEntries = options.maxEntries;
    this.#translate = options.translate ?? ((entry) => this.#whiteouts.translate(entry));
  }

  /** Directories that there was no entry for; bytes as latin1, empty for the root. */
  get impliedDirectories(): string[] {
    return this.#whiteouts.implied;
  }

  /** The archive that comes out begins with this: the root, so that nobody takes it for another format. */
  static begin(root: RootAttributes = newRoot): Buffer {
    return encodeHeader({ ...plainHeader, ...root, name: './', type: '5' });
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
    if (this.#remaining > 0 || this.#partialLength > 0) throw dataLoss('broken tar archive: cut off');
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
    if (isZero(block)) {
      this.#ended = true;
      return;
    }
    const header = decodeHeader(block);
    const extension = extensionBodies[header.type];
    if (extension !== undefined) this.#expect(extension, header);
    else this.#entry(header, out);
  }

  #expect(body: Body, { size }: TarHeader): void {
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

  #entry(header: TarHeader, out: Buffer[]): void {
    if (++this.entries > this.#maxEntries) throw resourceExhausted(`the layer has more than ${this.#maxEntries} files`);
    const entry = assembleEntry(header, this.#extensions);
    this.#extensions = { pax: new Map() };
    const written = this.#translate(entry);
    // Whatever the entry became, its content is in the stream and must be passed over.
    const hasContent = written?.size === entry.size;
    this.#expect(hasContent ? 'forward' : 'drop', entry);
    if (hasContent) this.fileBytes += entry.size;
    if (written) encodeEntry(written, out);
  }
}

const extensionBodies: { readonly [type: string]: Body } = { x: 'pax', L: 'long-name', K: 'long-link', g: 'drop' };

const plainHeader: TarHeader = {
  name: '',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  type: '0',
  link: '',
  major: 0,
  minor: 0,
};

/** Writes an entry's headers: attributes as pax, long names as GNU does, since those are bytes in any locale. */
function encodeEntry(entry: LayerEntry, out: Buffer[]): void {
  const name = entry.name === '' ? './' : entry.name;
  const pax: PaxRecords = new Map();
  if (entry.exactMtime !== undefined) pax.set('mtime', wholeAndPart(entry.exactMtime));
  for (const [key, value] of entry.xattrs) pax.set(`SCHILY.xattr.${key}`, value);
  if (pax.size > 0) pushExtension('x', encodePax(pax), out);
  if (name.length > 100) pushExtension('L', Buffer.from(`${name}\0`, 'latin1'), out);
  if (entry.link.length > 100) pushExtension('K', Buffer.from(`${entry.link}\0`, 'latin1'), out);
  out.push(encodeHeader({ ...entry, name, mode: entry.mode & 0o7777 }));
}

/** libarchive adds the fraction, also to what is below zero: `-1.25` has to be written as `-2.75`. */
function wholeAndPart(time: string): string {
  const [whole = '', part = ''] = time.split('.');
  if (!whole.startsWith('-')) return time;
  const nanoseconds = 1_000_000_000 - Number(part.slice(0, 9).padEnd(9, '0'));
  return `${BigInt(whole) - 1n}.${String(nanoseconds).padStart(9, '0')}`;
}

function pushExtension(type: string, content: Buffer, out: Buffer[]): void {
  out.push(encodeHeader({ ...plainHeader, name: '././@LongLink', type, size: content.length }));
  out.push(content, zeroBlock.subarray(0, paddingOf(content.length)));
}
