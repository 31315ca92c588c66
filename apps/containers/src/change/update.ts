import { availableParallelism } from 'node:os';
import { failedPrecondition, isKind } from '@arcbox/errors';
import type { Limits } from '../record/config.ts';
import { type Container, isRunning } from '../record/container.ts';
import { type ApplyLimitsDeps, applyLimits } from './apply-limits.ts';
import { holdWhole } from '../start/finish-start.ts';
import { finishUpdate, noteUpdate, type Updated } from './finish-update.ts';
import { resourceBounds, type Resources, type ResourcesRequest, resourceWarnings, validateResources } from '../options/resources.ts';
import type { RestartPolicy } from '../supervise/restart-policy.ts';
import { type LimitsRequest, limitWarnings, validateLimits } from '../spec/limits.ts';

/** What to change; 0, empty and undefined leave it. */
export interface Update {
  readonly limits: LimitsRequest;
  readonly resources: Pick<ResourcesRequest, 'pidsLimit' | 'cpusetCpus' | 'cpusetMems' | 'memoryReservation' | 'blkioWeight'>;
  readonly restart?: RestartPolicy;
}

/**
 * Changes limits, those of a running container in the kernel first, and the
 * restart policy. Returns what the host cannot do. FAILED_PRECONDITION with the
 * kernel's reason when it refuses; then everything is as before.
 */
export async function updateContainer(
  deps: ApplyLimitsDeps,
  reference: string,
  update: Update,
  signal: AbortSignal,
): Promise<string[]> {
  const { containers, host } = deps;
  const { id } = containers.find(reference);
  using _lease = await holdWhole(deps, id, signal);
  await finishUpdate(deps, id);
  const container = containers.find(id);
  requireUpdatable(container);
  const next = merge(container, update, deps);
  if (isRunning(container)) {
    containers.transition(id, ({ status }) => ({ status: { ...status, update: { pending: true, ...next } } }));
    await applyOrForget(deps, container, next);
  }
  noteUpdate(containers, id, next);
  return [...limitWarnings(next.limits, host), ...resourceWarnings(next.resources ?? {}, next.limits.memory, host)];
}

function requireUpdatable({ name, status }: Container): void {
  if (status.state === 'removing' || status.state === 'dead') {
    throw failedPrecondition(`container ${name} cannot be updated: it is ${status.state}`);
  }
}

async function applyOrForget(deps: ApplyLimitsDeps, container: Container, next: Updated): Promise<void> {
  try {
    await applyLimits(deps, container, next);
  } catch (error) {
    // Whatever is left pending, because even the way back failed, the patrol tries again.
    if (isKind(error, 'failed-precondition')) {
      deps.containers.transition(container.id, ({ status }) => ({ status: { ...status, update: undefined } }));
    }
    throw error;
  }
}

/** The container's own with the changes in it, checked as at Create. */
function merge({ name, config }: Container, { limits, resources, restart }: Update, { host }: ApplyLimitsDeps): Updated {
  if (restart && restart.name !== 'no' && config.autoRemove) {
    throw failedPrecondition(`container ${name} is removed when it exits and cannot have a restart policy`);
  }
  const merged = mergeLimits(config.limits, limits);
  return {
    limits: merged,
    resources: mergeResources(config.resources ?? {}, resources, merged.memory, host),
    restart: restart ?? config.restart,
  };
}

function mergeLimits(present: Limits, wanted: LimitsRequest): Limits {
  const { memory = 0, memorySwap = 0, cpuShares = 0, cpuQuota = 0, cpuPeriod = 0, cpus = 0 } = present;
  if (wanted.memorySwap === 0 && memorySwap > 0 && wanted.memory > memorySwap) {
    throw failedPrecondition('the memory limit would be above memory_swap as it is: set memory_swap as well');
  }
  const merged = {
    memory: wanted.memory || memory,
    memorySwap: wanted.memorySwap || memorySwap,
    cpuShares: wanted.cpuShares || cpuShares,
    cpuQuota: wanted.cpuQuota || cpuQuota,
    cpuPeriod: wanted.cpuPeriod || cpuPeriod,
    cpus: wanted.cpus || cpus,
  };
  // Swap that nobody has limited stays so.
  const { memorySwap: checked, ...limits } = validateLimits(merged, availableParallelism());
  return { ...limits, ...(merged.memorySwap === 0 ? {} : { memorySwap: checked }) };
}

function mergeResources(
  present: Resources,
  wanted: Update['resources'],
  memory: number | undefined,
  host: ApplyLimitsDeps['host'],
): Resources {
  const memoryReservation = wanted.memoryReservation || (present.memoryReservation ?? 0);
  const request = { ...wanted, memoryReservation, ulimits: [], oomKillDisable: false };
  return { ...present, ...validateResources(request, memory, resourceBounds(host)) };
}
