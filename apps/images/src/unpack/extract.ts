import { dataLoss, internal, invalidArgument, resourceExhausted } from '@arcbox/errors';
import { type ChildStream, type LayerEntry, startChild, writeTo } from '@arcbox/tar';
import { encodeRoot, type RootAttributes } from './extractor-entry.ts';
import { LayerTar, type LayerTarLimits } from './layer-tar.ts';

/** What a layer may hold at most. */
export interface UnpackLimits {
  /** Unpacked bytes of one layer. */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Beyond 1 GiB, no more than this many times the compressed size. */
  readonly maxRatio: number;
}

export const defaultLimits: UnpackLimits = { maxBytes: 64 * 2 ** 30, maxEntries: 2_000_000, maxRatio: 200 };

export interface ExtractOptions {
  /** What is written instead of an entry. Without it, whiteouts become those of overlayfs. */
  readonly translate?: (entry: LayerEntry) => LayerEntry | undefined;
  /** What the directory itself is given, unless the archive has an entry for it. */
  readonly root?: RootAttributes;
}

/**
 * Writes the files of one layer below a directory. The extractor runs as root
 * with that directory as its root (chroot), so neither names nor links lead
 * out of it, and what it reads has been written anew by `LayerTar`.
 */
export class Extractor implements AsyncDisposable {
  readonly #tar: LayerTar;
  readonly #child: ChildStream;
  readonly #begun: Promise<boolean>;

  constructor(directory: string, limits: LayerTarLimits, options: ExtractOptions = {}) {
    this.#tar = new LayerTar(limits, options.translate);
    this.#child = startChild('bsdtar', [...bsdtarOptions, '-C', directory, '-f', '-'], 'ignore');
    this.#begun = writeTo(this.#child.stdin, [encodeRoot(options.root)]);
  }

  /** Bytes of the regular files written so far. */
  get fileBytes(): number {
    return this.#tar.fileBytes;
  }

  /** Directories that the archive had no entry for; bytes as latin1, empty for the root. */
  get impliedDirectories(): string[] {
    return this.#tar.impliedDirectories;
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#begun;
    await this.#send(this.#tar.push(chunk));
  }

  /** Returns when all files are written. */
  async finish(): Promise<void> {
    await this.#begun;
    await this.#send(this.#tar.end());
    this.#child.stdin.end();
    await this.#child.done.catch((error: unknown) => {
      throw explain(error);
    });
  }

  async #send(pieces: Buffer[]): Promise<void> {
    if (pieces.length === 0 || (await writeTo(this.#child.stdin, pieces))) return;
    await this.#child.done.catch((error: unknown) => {
      throw explain(error);
    });
    throw internal('the extractor ended early');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }
}

/**
 * `-P`: names have been cleaned, and a file may well be written through a link
 * of the same layer, as Docker does; the chroot keeps it inside.
 */
const bsdtarOptions = ['-x', '-P', '-p', '--chroot', '--numeric-owner', '--xattrs', '--no-acls', '--no-fflags'];

function explain(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('No space left on device') || text.includes('Disk quota exceeded')) {
    return resourceExhausted('unpacking: no space left on device', error);
  }
  if (/Damaged tar archive|Truncated/i.test(text)) return dataLoss('the layer is damaged', error);
  if (/ended with \d+:/.test(text)) return invalidArgument('the files of the layer cannot be written', error);
  return error;
}
