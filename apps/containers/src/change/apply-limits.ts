import { failedPrecondition, internal, messageOf } from '@arcbox/errors';
import type { Config } from '../record/config.ts';
import { type Container, isRunning } from '../record/container.ts';
import type { FinishStartDeps } from '../start/finish-start.ts';
import { resetLimits } from '../runtime/reset-limits.ts';
import { cgroupLimits } from '../spec/cgroup-limits.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import type { HostAbilities } from '../spec/host.ts';

export interface ApplyLimitsDeps extends FinishStartDeps {
  readonly host: HostAbilities;
}

type Limited = Pick<Config, 'limits' | 'resources'>;
type Cgroup = ReturnType<typeof cgroupLimits>;

/**
 * Gives a running container's cgroups new limits: all of them, or, where the
 * kernel refuses one, those of its record. FAILED_PRECONDITION with its reason.
 */
export async function applyLimits(deps: ApplyLimitsDeps, container: Container, next: Limited): Promise<void> {
  const { id, config, name } = container;
  const [wanted, before] = [cgroupLimits(next, deps.host), cgroupLimits(config, deps.host)];
  try {
    await deps.runtime.update(id, wanted);
  } catch (error) {
    deps.ends.notice(id);
    const now = deps.containers.get(id);
    // One that has ended has no limits; the next run takes those of the record.
    if (!now || !isRunning(now)) return;
    await takeBack(deps, container, wanted, before).catch((failure: unknown) => {
      throw internal(`limits of container ${id} could not be taken back`, failure);
    });
    throw failedPrecondition(`container ${name} cannot be updated: ${messageOf(error)}`, error);
  }
}

async function takeBack(deps: ApplyLimitsDeps, container: Container, wanted: Cgroup, before: Cgroup): Promise<void> {
  // First what had no limit: a memory limit cannot be put above one of memory and swap.
  resetLimits(cgroupPath(container), wanted, before);
  await deps.runtime.update(container.id, before);
}
