import { createHash, type Hash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dataLoss, resourceExhausted } from '@arcbox/errors';
import { decompress } from '@arcbox/tar';
import type { Digest } from '../image/digest.ts';
import { refuseBomb } from '../unpack/bomb.ts';
import { Extractor, type UnpackLimits } from '../unpack/extract.ts';

/** What one pass over a layer's bytes has shown. */
export interface Ingested {
  /** Digest of the bytes that came in. */
  readonly digest: Digest;
  /** Bytes that came in. */
  readonly size: number;
  /** Digest of the plain tar archive. */
  readonly diffId: Digest;
  /** Bytes of the layer's regular files; 0 when nothing was unpacked. */
  readonly fileBytes: number;
  /** Directories that the archive has files in and no entry for. */
  readonly impliedDirectories?: readonly string[];
}

export interface IngestOptions {
  /**
   * File that keeps the bytes as they came. Its first `kept` bytes are in it
   * already, and are at the head of the input too.
   */
  readonly file: string;
  readonly kept?: number;
  /** Directory for the layer's files; made here. Without it the content is only verified. */
  readonly directory?: string;
  /** Input beyond this is refused; bytes. */
  readonly expectedSize?: number;
  readonly limits: UnpackLimits;
  /** Called with the bytes taken so far. */
  readonly onBytes?: (bytes: number) => void;
  /** Called with the number of bytes unpacked since the last call. */
  readonly onUnpacked?: (bytes: number) => void;
  /** Called when all input is taken and the rest is unpacking. */
  readonly onReceived?: () => void;
}

/** Opens the bytes of a layer; ends with an error when `signal` aborts. */
export type Source = (signal: AbortSignal) => AsyncIterable<Buffer>;

/**
 * One pass: the bytes are hashed and kept, decompressed, hashed again and
 * unpacked while they come in. Nothing is durable or visible yet: the caller
 * compares, syncs and renames.
 */
export async function ingestLayer(source: Source, options: IngestOptions, signal: AbortSignal): Promise<Ingested> {
  await using file = await openKept(options);
  const received = new Received(file, options);
  // Whoever fails below ends the source at once: it may be waiting for a slow network.
  const failed = new AbortController();
  const input = source(AbortSignal.any([signal, failed.signal]));
  const plain = createHash('sha256');
  if (options.directory !== undefined) mkdirSync(options.directory, { mode: 0o700 });
  await using extractor =
    options.directory === undefined ? undefined : new Extractor(options.directory, options.limits);
  let bytes = 0;
  for await (const chunk of decompress(received.pass(input))) {
    try {
      bytes += chunk.length;
      refuseBomb('the layer', bytes, received.bytes, options.limits);
      plain.update(chunk);
      await extractor?.write(chunk);
      options.onUnpacked?.(chunk.length);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  }
  await extractor?.finish();
  return {
    digest: `sha256:${received.hash.digest('hex')}`,
    size: received.bytes,
    diffId: `sha256:${plain.digest('hex')}`,
    fileBytes: extractor?.fileBytes ?? 0,
    impliedDirectories: extractor?.impliedDirectories ?? [],
  };
}

/** Writes what passes into the file and the hash. */
class Received {
  readonly hash: Hash = createHash('sha256');
  bytes = 0;
  readonly #file: FileHandle;
  readonly #options: IngestOptions;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #position: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, options: IngestOptions) {
    this.#file = file;
    this.#options = options;
    this.#position = options.kept ?? 0;
  }

  async *pass(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const { expectedSize = Infinity, kept = 0, onBytes, onReceived } = this.#options;
    try {
      for await (const chunk of input) {
        const known = Math.min(Math.max(kept - this.bytes, 0), chunk.length);
        this.bytes += chunk.length;
        if (this.bytes > expectedSize)
          throw dataLoss(`the content is larger than the ${expectedSize} bytes that were announced`);
        this.hash.update(chunk);
        if (known < chunk.length) await this.#keep(chunk.subarray(known));
        onBytes?.(this.bytes);
        yield chunk;
      }
      onReceived?.();
    } finally {
      await this.#flush();
      await this.#writing;
    }
  }

  async #keep(chunk: Buffer): Promise<void> {
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= writeSize) await this.#flush();
  }

  /** One write at a time, while the next chunks gather. */
  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length === 0) return;
    this.#writing = writeAll(this.#file, this.#waiting, this.#position);
    this.#writing.catch(() => {});
    this.#position += this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}

async function writeAll(file: FileHandle, chunks: Buffer[], position: number): Promise<void> {
  const expected = chunks.reduce((sum, { length }) => sum + length, 0);
  const full = (cause?: unknown): Error => resourceExhausted('keeping a layer: no space left on device', cause);
  const { bytesWritten } = await file.writev(chunks, position).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOSPC' || error.code === 'EDQUOT' ? full(error) : error;
  });
  // A disk that fills up takes a part first.
  if (bytesWritten < expected) throw full();
}

/** Bytes gathered for one write. */
const writeSize = 512 * 1024;

async function openKept({ file, kept = 0 }: IngestOptions): Promise<FileHandle> {
  const handle = await open(file, kept > 0 ? 'r+' : 'w', 0o600);
  if (kept > 0) await handle.truncate(kept);
  return handle;
}
