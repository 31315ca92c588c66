import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '@arcbox/errors';
import type { ImageEngine } from '../engine.ts';
import { type Digest, isDigest } from '../image/digest.ts';
import { partialPrefix } from '../store/content.ts';
import { parseFilters } from './filter.ts';

/** A layer on its way here, or what an interrupted download has left of it. */
export interface Download {
  /** `layer-` and the digest. */
  readonly ref: string;
  readonly digest: Digest;
  /** Bytes that are here. */
  readonly bytes: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly updatedAt: string;
}

const refPrefix = 'layer-';

/** The downloads that match any of the filters. */
export function listDownloads({ layout }: ImageEngine, filters: readonly string[]): Download[] {
  const matches = parseFilters(filters);
  return readdirSync(layout.ingest)
    .filter((name) => name.startsWith(partialPrefix))
    .flatMap((name) => describe(join(layout.ingest, name), `sha256:${name.slice(partialPrefix.length)}`) ?? [])
    .filter(({ ref }) => matches(([field]) => (field === 'ref' ? ref : undefined)));
}

export function findDownload({ content }: ImageEngine, ref: string): Download {
  const digest = ref.startsWith(refPrefix) ? ref.slice(refPrefix.length) : '';
  const found = isDigest(digest) ? describe(content.partial(digest), digest) : undefined;
  if (!found) throw notFound(`download ${ref}: not found`);
  return found;
}

function describe(path: string, digest: Digest): Download | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const startedAt = (stat.birthtimeMs > 0 ? stat.birthtime : stat.mtime).toISOString();
  return { ref: refPrefix + digest, digest, bytes: stat.size, startedAt, updatedAt: stat.mtime.toISOString() };
}
