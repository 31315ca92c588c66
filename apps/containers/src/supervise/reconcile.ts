import type { ApplyLimitsDeps } from '../change/apply-limits.ts';
import { thawAfterCommit } from '../commit/commit-pause.ts';
import { finishStart } from '../start/finish-start.ts';
import { finishUpdate } from '../change/finish-update.ts';
import { finishFreeze } from '../stop/pause.ts';
import type { RemoveDeps } from '../remove/remove.ts';
import { settle } from './settle.ts';

/** Finishes or undoes what a worker that is gone has left half done. Leaves alone what a live one works on. */
export async function reconcile(deps: RemoveDeps & ApplyLimitsDeps, id: string): Promise<void> {
  {
    using lease = deps.containers.tryHold(id);
    if (!lease) return;
    await finishStart(deps, id);
    await finishUpdate(deps, id);
    await thawAfterCommit(deps.containers, id);
    await finishFreeze(deps.containers, id);
  }
  await settle(deps, id);
}
