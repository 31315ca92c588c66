import { invalidArgument } from '@arcbox/errors';
import { parsePruneFilters } from '@arcbox/filters';
import type { GetImageUsageResponse, PruneImagesRequest, PruneImagesResponse } from '@arcbox/proto/arcbox/engine/v1/image';
import { toSeconds } from '../timestamp-wire.ts';
import type { ImageVerdict, PruneWish } from './prune.ts';
import type { StoreUsage } from './usage.ts';

/** INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function toPruneWish({ all, filters, dryRun, goneContainers, goneCache }: PruneImagesRequest, now: number): PruneWish {
  if (goneContainers.length > 0 && !dryRun) throw invalidArgument('gone_containers is for a dry run');
  if (goneCache.length > 0 && !dryRun) throw invalidArgument('gone_cache is for a dry run');
  return { ...parsePruneFilters(filters, now), all, dryRun, goneContainers: new Set(goneContainers), goneCache };
}

export function toPruneResponse(verdicts: readonly ImageVerdict[]): PruneImagesResponse {
  return {
    verdicts: verdicts.map(({ bytes, usedBy, gone, ...rest }) => ({ ...rest, size: BigInt(bytes), usedBy: [...usedBy], gone: [...gone] })),
    spaceReclaimed: BigInt(verdicts.reduce((sum, { removed, bytes }) => sum + (removed ? bytes : 0), 0)),
  };
}

export function toUsageResponse({ images, total, compressed, beside, reclaimable }: StoreUsage): GetImageUsageResponse {
  return {
    images: images.map(({ image, names, size, unique, compressed: ofImage, containers }) => ({
      id: image.id,
      names: [...names],
      created: toSeconds(image.created),
      size: BigInt(size),
      shared: BigInt(size - unique),
      unique: BigInt(unique),
      compressed: BigInt(ofImage),
      containers,
    })),
    totalSize: BigInt(total),
    compressed: BigInt(compressed),
    beside: BigInt(beside),
    reclaimable: BigInt(reclaimable),
  };
}
