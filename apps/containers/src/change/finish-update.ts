import { isKind } from '@arcbox/errors';
import { type ApplyLimitsDeps, applyLimits } from './apply-limits.ts';
import type { Config } from '../record/config.ts';
import { isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';

/** What an update makes of a container. */
export type Updated = Pick<Config, 'limits' | 'resources' | 'restart'>;

/**
 * An update whose worker has died: the kernel may have all, some or nothing of
 * it. It is done again, or taken back where the kernel refuses. The caller holds
 * the lease.
 */
export async function finishUpdate(deps: ApplyLimitsDeps, id: string): Promise<void> {
  const { containers, log } = deps;
  const container = containers.get(id);
  const pending = container?.status.update;
  if (!container || !pending) return;
  const { pending: _, ...next } = pending;
  log.info({ id }, 'finishing an update that was cut short');
  try {
    if (isRunning(container)) await applyLimits(deps, container, next);
    noteUpdate(containers, id, next);
  } catch (error) {
    if (!isKind(error, 'failed-precondition')) throw error;
    containers.transition(id, ({ status }) => ({ status: { ...status, update: undefined } }));
    log.warn({ error, id }, 'an update that was cut short was taken back');
  }
}

/** Writes down what a container has become. */
export function noteUpdate(containers: Containers, id: string, next: Updated): void {
  containers.transition(id, ({ status, config }) => ({
    status: { ...status, update: undefined },
    config: { ...config, ...next },
    events: [{ action: 'update' }],
  }));
}
