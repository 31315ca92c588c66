import { isKind } from '@arcbox/errors';
import type { PruneFilters } from '@arcbox/filters';
import { type Container, isStopped } from '../record/container.ts';
import { hasLabel } from '../show/filters.ts';
import { removeContainer, type RemoveDeps } from './remove.ts';
import { spaceOf } from '../show/size.ts';
import { parseNano } from '../record/time.ts';

/** What may go. */
export interface PruneOrder extends PruneFilters {
  /** Report only. */
  readonly dryRun: boolean;
}

export interface Pruned {
  readonly deleted: string[];
  /** Bytes of disk. */
  bytes: number;
}

/** Removals at a time. */
const atOnce = 4;

/** Removes stopped containers; what somebody starts or removes meanwhile is left out. Volumes stay. */
export async function pruneContainers(deps: RemoveDeps, order: PruneOrder, signal: AbortSignal): Promise<Pruned> {
  const candidates = deps.containers.all().filter((container) => mayGo(container, order));
  const pruned: Pruned = { deleted: [], bytes: 0 };
  const left = candidates.values();
  const work = async (): Promise<void> => {
    for (const container of left) {
      signal.throwIfAborted();
      const bytes = await spaceOf(container, deps.places.home(container.id));
      if (!order.dryRun && !(await removeUnlessUsed(deps, container, signal))) continue;
      pruned.deleted.push(container.id);
      pruned.bytes += bytes;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return pruned;
}

function mayGo(container: Container, { until, labels, withoutLabels }: PruneOrder): boolean {
  const { config, status } = container;
  if (config.internal || !isStopped(container) || status.starting || status.state === 'removing') return false;
  if (until !== undefined && Number(parseNano(config.created) / 1_000_000n) > until) return false;
  const has = (label: string): boolean => hasLabel(config.labels, label);
  return labels.every(has) && !withoutLabels.some(has);
}

async function removeUnlessUsed(deps: RemoveDeps, { id }: Container, signal: AbortSignal): Promise<boolean> {
  try {
    await removeContainer(deps, id, { force: false, volumes: false }, signal);
    return true;
  } catch (error) {
    if (isKind(error, 'failed-precondition', 'not-found')) return false;
    throw error;
  }
}
