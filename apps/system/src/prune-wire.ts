import type { PlanPruneResponse, PrunePlanItem } from '@arcbox/proto/arcbox/engine/v1/system';
import type { PruneResponse } from '@arcbox/proto/arcbox/v1/api';
import { bytesOf, goneOf, type PruneType, pruneTypes, type Verdict, type Verdicts } from './prune.ts';

export function toPruneResponse(verdicts: Verdicts): PruneResponse {
  return {
    spaceReclaimed: bytesOf(verdicts),
    containersDeleted: goneOf(verdicts.containers),
    imagesDeleted: goneOf(verdicts.images),
    networksDeleted: goneOf(verdicts.networks),
    volumesDeleted: goneOf(verdicts.volumes),
  };
}

export function toPlanResponse(verdicts: Verdicts): PlanPruneResponse {
  return { items: pruneTypes.flatMap((type) => toItems(type, verdicts[type])), spaceReclaimed: bytesOf(verdicts) };
}

/** What goes comes first. */
function toItems(type: PruneType, verdicts: readonly Verdict[]): PrunePlanItem[] {
  const items = verdicts.map(({ id, name, bytes, removed, reason }) => ({ type: type.replace(/s$/, ''), id, name, size: bytes, removed, reason }));
  return [...items.filter(({ removed }) => removed), ...items.filter(({ removed }) => !removed)];
}
