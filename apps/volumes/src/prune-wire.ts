import { invalidArgument } from '@arcbox/errors';
import { parsePruneFilters } from '@arcbox/filters';
import type { PruneVolumesRequest, PruneVolumesResponse } from '@arcbox/proto/arcbox/engine/v1/volume';
import type { PruneWish, VolumeVerdict } from './prune.ts';

/** INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function toPruneWish({ all, filters, dryRun, goneContainers }: PruneVolumesRequest, now: number): PruneWish {
  if (goneContainers.length > 0 && !dryRun) throw invalidArgument('gone_containers is for a dry run');
  return { ...parsePruneFilters(filters, now), all, dryRun, goneContainers: new Set(goneContainers) };
}

export function toPruneResponse(verdicts: readonly VolumeVerdict[]): PruneVolumesResponse {
  return {
    verdicts: verdicts.map(({ name, bytes, removed, reason, usedBy }) => ({
      id: name,
      name,
      size: BigInt(bytes),
      removed,
      reason,
      usedBy: [...usedBy],
      gone: removed ? [name] : [],
    })),
    spaceReclaimed: BigInt(verdicts.reduce((sum, { removed, bytes }) => sum + (removed ? bytes : 0), 0)),
  };
}
