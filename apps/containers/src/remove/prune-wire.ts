import { parsePruneFilters } from '@arcbox/filters';
import type { PruneRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import type { PruneOrder } from './prune.ts';

/** INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function toPruneOrder({ filters, dryRun }: PruneRequest, now: number): PruneOrder {
  return { ...parsePruneFilters(filters, now), dryRun };
}
