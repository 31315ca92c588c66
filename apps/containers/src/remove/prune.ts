import { failedPrecondition, isKind, messageOf } from '@arcbox/errors';
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
  /** It should have gone, and could not. */
  readonly hasFailed?: boolean;
}

/**
 * Removes stopped containers; what somebody starts or removes meanwhile stays. So do volumes.
 * One that cannot be removed keeps no other: it fails when all are done.
 */
export async function pruneContainers(deps: RemoveDeps, order: PruneOrder, signal: AbortSignal): Promise<PruneVerdict[]> {
  const candidates = deps.containers.all().filter(({ config }) => !config.internal);
  const verdicts = await ofAll(candidates, (container, either) => judge(deps, container, order, either), signal);
  const failed = verdicts.filter(({ hasFailed }) => hasFailed);
  if (!failed[0]) return verdicts;
  throw failedPrecondition(`${failed.length} of the containers could not be removed, all others are gone; ${failed[0].name}: ${failed[0].reason}`);
}

async function judge(deps: RemoveDeps, container: Container, order: PruneOrder, signal: AbortSignal): Promise<PruneVerdict> {
  const { id, name } = container;
  const kept = whyKept(container, order);
  if (kept !== undefined && !order.dryRun) return { id, name, bytes: 0, removed: false, reason: kept };
  const bytes = await spaceOf(container, deps.places.home(id));
  if (kept !== undefined) return { id, name, bytes, removed: false, reason: kept };
  const refusal = order.dryRun ? undefined : await removeUnlessUsed(deps, id, signal);
  if (refusal) return { id, name, bytes, removed: false, ...refusal };
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

type Refusal = Pick<PruneVerdict, 'reason' | 'hasFailed'>;

/** Why it stays after all; undefined when it is gone. */
async function removeUnlessUsed(deps: RemoveDeps, id: string, signal: AbortSignal): Promise<Refusal | undefined> {
  try {
    const isDone = await removeContainer(deps, id, { force: false, volumes: false }, signal);
    return isDone ? undefined : { reason: 'somebody else has removed it' };
  } catch (error) {
    // Who is away, or gives up, says nothing about this container alone.
    if (signal.aborted || isKind(error, 'unavailable', 'deadline-exceeded')) throw error;
    return { reason: messageOf(error), hasFailed: !isKind(error, 'failed-precondition', 'not-found') };
  }
}
