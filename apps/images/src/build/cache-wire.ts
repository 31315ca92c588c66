import type { CachePart as CachePartMessage, PruneCacheResponse } from '@arcbox/proto/arcbox/engine/v1/build';
import type { CachePart } from './cache-parts.ts';

export function toCachePart({ id, kind, name, size, usedAt, createdAt, inUse, shared }: CachePart): CachePartMessage {
  return { id, kind, name, size: BigInt(size), lastUsed: toSeconds(usedAt), created: toSeconds(createdAt), inUse, shared };
}

export function toPruneCacheResponse(gone: readonly CachePart[]): PruneCacheResponse {
  return {
    deleted: gone.map(({ id }) => id),
    spaceReclaimed: BigInt(gone.reduce((sum, { size }) => sum + size, 0)),
    parts: gone.map(toCachePart),
  };
}

const toSeconds = (milliseconds: number): bigint => BigInt(Math.floor(milliseconds / 1000));
