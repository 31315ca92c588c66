import { readdirSync, statSync } from 'node:fs';
import { notFound } from '@arcbox/errors';
import type { ImageEngine } from '../engine.ts';
import { type Digest, isDigest, parseDigest } from '../image/digest.ts';
import { entryAt, parseFilters } from './filter.ts';
import type { Labels } from './labels.ts';

/** A blob of the store. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** When it came here, RFC 3339. */
  readonly createdAt: string;
  readonly labels: Labels;
}

/** Of a layer: digest of its archive without compression. */
const uncompressedLabel = 'containerd.io/uncompressed';

/** One blob. INVALID_ARGUMENT: not a digest. NOT_FOUND: it is not here. */
export function findBlob({ layout, records }: ImageEngine, text: string): BlobInfo {
  const digest = parseDigest(text, 'content');
  const layer = records.layers.all().find(({ blobs }) => blobs.includes(digest));
  const info = describeBlob(layout.blob(digest), digest, layer?.id);
  if (!info) throw missingBlob(digest);
  return info;
}

/** The blobs that match any of the filters, in order. */
export function listBlobs({ layout, records }: ImageEngine, filters: readonly string[]): BlobInfo[] {
  const matches = parseFilters(filters);
  const diffIds = new Map(records.layers.all().flatMap(({ id, blobs }) => blobs.map((blob) => [blob, id] as const)));
  return readdirSync(layout.blobs)
    .map((hex) => `sha256:${hex}`)
    .filter(isDigest)
    .sort()
    .flatMap((digest) => describeBlob(layout.blob(digest), digest, diffIds.get(digest)) ?? [])
    .filter(({ size, labels, ...info }) =>
      matches(([field, ...rest]) => {
        if (field === 'digest') return info.digest;
        if (field === 'size') return String(size);
        return field === 'labels' ? entryAt(labels, rest) : undefined;
      }),
    );
}

export const missingBlob = (digest: Digest): Error => notFound(`content ${digest}: not found`);

function describeBlob(path: string, digest: Digest, diffId: Digest | undefined): BlobInfo | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const labels: Labels = diffId === undefined ? {} : { [uncompressedLabel]: diffId };
  return { digest, size: stat.size, createdAt: stat.mtime.toISOString(), labels };
}
