import { statSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from '@arcbox/store';
import type { Container, Process } from './container.ts';
import { giveBack } from './give-back.ts';
import { markRunning } from './mark-running.ts';
import type { RemoveDeps } from './remove.ts';
import { Bundle } from './runtime/bundle.ts';
import { endAll } from './runtime/end-all.ts';
import { settle } from './settle.ts';
import { formatNano } from './time.ts';

/** Finishes or undoes what a worker that is gone has left half done. Leaves alone what a live one works on. */
export async function reconcile(deps: RemoveDeps, id: string): Promise<void> {
  {
    using lease = deps.containers.tryHold(id);
    if (!lease) return;
    const container = deps.containers.get(id);
    if (container?.status.starting) await finishStart(deps, container);
  }
  await settle(deps, id);
}

/** The process was let go, and only nobody wrote it down; or it was not, and everything goes. */
async function finishStart(deps: RemoveDeps, container: Container): Promise<void> {
  const { containers, places, log } = deps;
  const { id } = container;
  const bundle = new Bundle(places.bundle(id));
  const run = releasedRun(deps, id, bundle);
  if (run) {
    log.info({ id }, 'a start that was cut short is complete');
    markRunning(containers, id, run);
    return deps.ends.notice(id);
  }
  log.info({ id }, 'undoing a start that was cut short');
  endAll(id, bundle);
  await giveBack(deps, container);
  containers.transition(id, ({ status }) => ({
    status: { ...status, starting: undefined, exits: status.exits + 1, error: 'the engine stopped while it started' },
  }));
}

function releasedRun(
  { runtime, places }: RemoveDeps,
  id: string,
  bundle: Bundle,
): { process: Process; startedAt: string } | undefined {
  const pid = bundle.readPid();
  if (pid === undefined || !runtime.knows(id) || runtime.isWaiting(id)) return undefined;
  const process = { pid, identity: processIdentity(pid) ?? `${pid}.0`, monitor: bundle.monitor ?? '' };
  return { process, startedAt: formatNano(statSync(join(places.runtime, id), { bigint: true }).mtimeNs) };
}
