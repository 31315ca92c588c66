import { parsePruneFilters } from '@arcbox/filters';
import type { PruneRequest, PruneResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { PruneOrder, PruneVerdict } from './prune.ts';

/** INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function toPruneOrder({ filters, dryRun }: PruneRequest, now: number): PruneOrder {
  return { ...parsePruneFilters(filters, now), dryRun };
}

export function toPruneResponse(verdicts: readonly PruneVerdict[]): PruneResponse {
  const gone = verdicts.filter(({ removed }) => removed);
  return {
    deleted: gone.map(({ id }) => id),
    spaceReclaimed: BigInt(gone.reduce((sum, { bytes }) => sum + bytes, 0)),
    verdicts: verdicts.map(({ id, name, bytes, removed, reason }) => ({
      id,
      name,
      size: BigInt(bytes),
      removed,
      reason,
      usedBy: [],
      gone: removed ? [id] : [],
    })),
  };
}
