import { isKind, messageOf } from '@arcbox/errors';
import { keptByFilters, type PruneFilters } from '@arcbox/filters';
import { type Container, isStopped } from '../record/container.ts';
import { removeContainer, type RemoveDeps } from './remove.ts';
import { ofAll, spaceOf } from '../show/size.ts';
import { statusText } from '../show/status-text.ts';
import { parseNano } from '../record/time.ts';

/** What may go. */
export interface PruneOrder extends PruneFilters {
  /** Report only. */
  readonly dryRun: boolean;
}

/** What becomes of one container. */
export interface PruneVerdict {
  readonly id: string;
  readonly name: string;
  /** Bytes of disk; of what stays, only in a report. */
  readonly bytes: number;
  readonly removed: boolean;
  readonly reason: string;
}

/** Removes stopped containers; what somebody starts or removes meanwhile stays. So do volumes. */
export async function pruneContainers(deps: RemoveDeps, order: PruneOrder, signal: AbortSignal): Promise<PruneVerdict[]> {
  const candidates = deps.containers.all().filter(({ config }) => !config.internal);
  return ofAll(candidates, (container) => judge(deps, container, order, signal));
}

async function judge(deps: RemoveDeps, container: Container, order: PruneOrder, signal: AbortSignal): Promise<PruneVerdict> {
  signal.throwIfAborted();
  const { id, name } = container;
  const kept = whyKept(container, order);
  if (kept !== undefined && !order.dryRun) return { id, name, bytes: 0, removed: false, reason: kept };
  const bytes = await spaceOf(container, deps.places.home(id));
  if (kept !== undefined) return { id, name, bytes, removed: false, reason: kept };
  const refusal = order.dryRun ? undefined : await removeUnlessUsed(deps, id, signal);
  if (refusal !== undefined) return { id, name, bytes, removed: false, reason: refusal };
  return { id, name, bytes, removed: true, reason: statusText(container, Date.now()).toLowerCase() };
}

/** For people; undefined when it may go. */
function whyKept(container: Container, order: PruneOrder): string | undefined {
  const { config, status } = container;
  if (!isStopped(container)) return status.state;
  if (status.starting) return 'being started';
  if (status.state === 'removing') return 'being removed';
  return keptByFilters({ created: Number(parseNano(config.created) / 1_000_000n), labels: config.labels }, order);
}

/** Why it stays after all; undefined when it is gone. */
async function removeUnlessUsed(deps: RemoveDeps, id: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await removeContainer(deps, id, { force: false, volumes: false }, signal);
    return undefined;
  } catch (error) {
    if (isKind(error, 'failed-precondition', 'not-found')) return messageOf(error);
    throw error;
  }
}
