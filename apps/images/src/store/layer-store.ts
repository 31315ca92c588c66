import { isKind } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import type { Content } from './content.ts';
import { type Digest, hexOf } from '../image/digest.ts';
import { type Ingested, ingestLayer } from './ingest.ts';
import { continueDownload, isInterrupted, keptBytes, linkWhole, type OpenFrom } from './interrupted-download.ts';
import type { Layout } from './layout.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { LayerRecord, Records } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { settleLayer } from './settle-layer.ts';
import { SharedJobs } from './shared-jobs.ts';
import { FileSystemSync } from './sync.ts';
import { nameLayer, sizeOfBlob, verifyLayer, verifySize } from './verify-layer.ts';
import { trimMemory } from './trim-memory.ts';
import type { UnpackLimits } from '../unpack/extract.ts';

/** A layer and the way to its bytes. */
export interface LayerSource {
  readonly blob: Descriptor;
  readonly diffId: Digest;
  /** Opens the compressed bytes. */
  readonly open: OpenFrom;
  /** A file below the store that holds all of them: it becomes the blob, nothing is copied. */
  readonly file?: string;
}

/** How far a layer is, in Docker's words; bytes of the compressed layer where it has them. */
export interface LayerNews {
  readonly status: 'Downloading' | 'Verifying Checksum' | 'Download complete' | 'Extracting';
  readonly current?: number;
}

/** A layer that was made here, not fetched. */
export interface MadeLayer {
  /** File with the compressed archive. */
  readonly file: string;
  /** Its files, in overlay form. */
  readonly directory: string;
  /** Bytes of its files. */
  readonly size: number;
}

export interface LayerStoreOptions {
  readonly store: Store;
  readonly records: Records;
  readonly layout: Layout;
  readonly content: Content;
  readonly limits: UnpackLimits;
  /** Aborts when the worker stops: its downloads are then interrupted, not given up. */
  readonly stopping: AbortSignal;
}

/** Between two reports of bytes; milliseconds. */
const reportEvery = 100;

/** The unpacked layers and their blobs. Each is fetched once, however many want it, in this process or another. */
export class LayerStore implements AsyncDisposable {
  readonly #options: LayerStoreOptions;
  readonly #jobs = new SharedJobs<LayerNews, LayerRecord>();
  readonly #sync: FileSystemSync;

  constructor(options: LayerStoreOptions) {
    this.#options = options;
    this.#sync = new FileSystemSync(options.layout.ingest);
  }

  /** Whether the unpacked layer and this blob of it are here. */
  has({ blob, diffId }: Pick<LayerSource, 'blob' | 'diffId'>): boolean {
    return this.#known({ blob, diffId }) !== undefined && sizeOfBlob(this.#options.layout, blob) === blob.size;
  }

  #known({ blob, diffId }: Pick<LayerSource, 'blob' | 'diffId'>): LayerRecord | undefined {
    const known = this.#options.records.layers.get(diffId);
    return known?.blobs.includes(blob.digest) ? known : undefined;
  }

  /** The layer, fetched, verified, unpacked and on disk. The caller has pinned it. */
  async obtain(source: LayerSource, listen: (news: LayerNews) => void, signal: AbortSignal): Promise<LayerRecord> {
    const key = `${source.diffId} ${source.blob.digest}`;
    try {
      return await this.#jobs.join(key, (report, stop) => this.#obtain(source, report, stop), listen, signal);
    } finally {
      if (this.#jobs.size === 0) trimMemory();
    }
  }

  /**
   * Gives a layer that was made here its place; one that is here already stays.
   * What is left of `place` is the caller's. The caller has pinned it.
   */
  async adopt(layer: Pick<LayerSource, 'blob' | 'diffId'>, place: MadeLayer, signal: AbortSignal): Promise<LayerRecord> {
    const { leases } = this.#options.store;
    using _layer = await leases.hold(leaseOfLayer(layer.diffId), signal);
    using _blob = await leases.hold(leaseOfBlob(layer.blob.digest), signal);
    const known = this.#options.records.layers.get(layer.diffId);
    if (known?.blobs.includes(layer.blob.digest)) return known;
    await this.#sync.flush();
    return await settleLayer(this.#options, layer, { ...place, directory: known ? undefined : place.directory, released: true });
  }

  /** Ends what is under way and waits until its traces are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jobs[Symbol.asyncDispose]();
  }

  async #obtain(source: LayerSource, report: (news: LayerNews) => void, signal: AbortSignal): Promise<LayerRecord> {
    const { leases } = this.#options.store;
    using _layer = await leases.hold(leaseOfLayer(source.diffId), signal);
    // Two images may claim different diff ids for one blob: its file has one writer all the same.
    using _blob = await leases.hold(leaseOfBlob(source.blob.digest), signal);
    const present = this.#known(source);
    if (present) {
      verifySize(this.#options.layout, source.blob);
      return present;
    }
    const known = this.#options.records.layers.get(source.diffId);
    const partial = this.#options.content.partial(source.blob.digest);
    const kept = source.file === undefined ? keptBytes(partial, source.blob.size) : await linkWhole(source.file, partial);
    try {
      return await this.#fetch(source, { known, kept }, report, signal);
    } catch (error) {
      // What an earlier, interrupted try has left may be damaged: a power cut does not ask.
      if (kept === 0 || source.file !== undefined || !isKind(error, 'data-loss')) throw error;
      return await this.#fetch(source, { known, kept: 0 }, report, signal);
    }
  }

  async #fetch(
    source: LayerSource,
    { known, kept }: { known: LayerRecord | undefined; kept: number },
    report: (news: LayerNews) => void,
    signal: AbortSignal,
  ): Promise<LayerRecord> {
    const { content } = this.#options;
    const file = content.partial(source.blob.digest);
    const directory = known ? undefined : content.temporary();
    try {
      const ingested = await this.#ingest(source, { file, directory, kept }, report, signal);
      verifyLayer(source, ingested);
      await this.#sync.flush();
      const { fileBytes: size, impliedDirectories: implied } = ingested;
      return await settleLayer(this.#options, source, { file, directory, size, implied });
    } catch (error) {
      // A download that the network or a restart interrupted is taken up again by the next pull.
      const isOfUse = (isInterrupted(error) || this.#options.stopping.aborted) && keptBytes(file, source.blob.size) > 0;
      await removeTree(...(directory ? [directory] : []), ...(isOfUse ? [] : [file]));
      throw nameLayer(error, source.blob.digest);
    }
  }

  #ingest(
    { blob, open }: LayerSource,
    place: { file: string; directory: string | undefined; kept: number },
    report: (news: LayerNews) => void,
    signal: AbortSignal,
  ): Promise<Ingested> {
    let reported = 0;
    return ingestLayer(
      (stop) => continueDownload(place.file, place.kept, open, stop),
      {
        ...place,
        expectedSize: blob.size,
        limits: this.#options.limits,
        onBytes: (current) => {
          const now = performance.now();
          if (now - reported < reportEvery) return;
          reported = now;
          report({ status: 'Downloading', current });
        },
        onUnpacked: (bytes) => this.#sync.wrote(bytes),
        onReceived: () => {
          report({ status: 'Verifying Checksum' });
          report({ status: 'Download complete' });
          report({ status: 'Extracting', current: blob.size });
        },
      },
      signal,
    );
  }
}

export const leaseOfLayer = (diffId: Digest): string => `layer/${hexOf(diffId)}`;
export const leaseOfBlob = (digest: Digest): string => `blob/${hexOf(digest)}`;
