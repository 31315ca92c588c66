import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@arcbox/log';
import { type Lease, processIdentity } from '@arcbox/store';
import { thawAfterCommit } from '../commit/commit-pause.ts';
import type { Container } from '../record/container.ts';
import type { Process } from '../record/status.ts';
import type { Ends } from '../supervise/ends.ts';
import { giveBack, type GiveBackDeps } from '../stop/give-back.ts';
import { finishFreeze } from '../stop/pause.ts';
import { markRunning } from './mark-running.ts';
import { Bundle } from '../runtime/bundle.ts';
import { belongsTo, endAll } from '../runtime/end-all.ts';
import { formatNano } from '../record/time.ts';

export interface FinishStartDeps extends GiveBackDeps {
  readonly ends: Ends;
  readonly log: Logger;
}

/**
 * The right to operate on a container, as `Containers.hold`. What a dead worker
 * has left half done is finished or undone first: whoever builds on a start, or
 * removes the record, would leave its processes to nobody, and one that is
 * frozen would not hear a signal.
 */
export async function holdWhole(deps: FinishStartDeps, id: string, signal?: AbortSignal): Promise<Lease> {
  const lease = await deps.containers.hold(id, signal);
  try {
    await finishStart(deps, id);
    await thawAfterCommit(deps.containers, id);
    await finishFreeze(deps.containers, id);
    return lease;
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

/**
 * The process was let go, and only nobody wrote it down; or it was not, and
 * everything goes. The caller holds the lease; so nobody alive is at it.
 */
export async function finishStart(deps: FinishStartDeps, id: string): Promise<void> {
  const { containers, places, log } = deps;
  const container = containers.get(id);
  if (!container?.status.starting) return;
  const bundle = new Bundle(places.bundle(id));
  const run = releasedRun(deps, container, bundle);
  if (run) {
    log.info({ id }, 'a start that was cut short is complete');
    markRunning(containers, id, run);
    return deps.ends.notice(id);
  }
  log.info({ id }, 'undoing a start that was cut short');
  endAll(id, bundle);
  await giveBack(deps, container);
  containers.transition(id, ({ status }) => ({
    status: { ...status, starting: undefined, startKey: undefined, exits: status.exits + 1, error: 'the engine stopped while it started' },
  }));
}

function releasedRun(
  { runtime, places }: FinishStartDeps,
  { id }: Container,
  bundle: Bundle,
): { process: Process; startedAt: string } | undefined {
  const pid = bundle.readPid();
  if (pid === undefined || !runtime.knows(id) || runtime.isWaiting(id)) return undefined;
  // The pid of one that has ended may be anybody's by now.
  const identity = (belongsTo(id, pid) ? processIdentity(pid) : undefined) ?? `${pid}.0`;
  const process = { pid, identity, monitor: bundle.monitor ?? '' };
  return { process, startedAt: formatNano(statSync(join(places.runtime, id), { bigint: true }).mtimeNs) };
}
