import { isKind, messageOf } from '@arcbox/errors';
import type { Container } from '../record/container.ts';
import { RuntimeRefusal } from '../runtime/conmon.ts';
import { giveBack } from '../stop/give-back.ts';
import { type Retry, retryAfter } from '../supervise/restart-policy.ts';
import type { FinishStartDeps } from './finish-start.ts';

/** Exit code of a start that failed before there was a process, as Docker has it. */
const notStarted = 128;

/** Until a restart is tried again for which another worker was missing; milliseconds. */
const awayPause = 1_000;

/** Takes everything back and notes why; a container that removes itself goes. */
export async function failStart(deps: FinishStartDeps, begun: Container, error: unknown): Promise<void> {
  const { containers, log } = deps;
  // What cannot be given back now, because somebody is away, stays noted: the patrol goes on with it.
  const held = await giveBack(deps, begun).then(
    () => undefined,
    (failure: unknown) => (log.warn({ error: failure }, 'giving back failed'), true as const),
  );
  const exitCode = error instanceof RuntimeRefusal ? error.exitCode : notStarted;
  const reason = messageOf(error);
  // What a person has started and failed, nobody but a person starts again.
  // A worker that is needed, and not there yet, is no fault of the container: such a start does not count.
  const isAway = isKind(error, 'unavailable', 'deadline-exceeded');
  const isRestart = (begun.status.restarts ?? 0) > 0;
  containers.transition(begun.id, (container) => {
    const { status } = container;
    const retry = isRestart ? retryAfterFailure(container, exitCode, isAway) : undefined;
    const state = retry ? 'restarting' : status.state === 'restarting' ? 'exited' : status.state;
    const restarts = isRestart && isAway ? (status.restarts ?? 1) - 1 : status.restarts;
    return { status: { ...status, state, retry, restarts, starting: undefined, startKey: undefined, held, exits: status.exits + 1, exitCode, error: reason } };
  });
  if (isRestart || begun.config.autoRemove) deps.ends.settle(begun.id);
}

function retryAfterFailure(container: Container, exitCode: number, isAway: boolean): Retry | undefined {
  const { retry, stopWanted } = container.status;
  const now = Date.now();
  if (isAway) return stopWanted ? undefined : { delay: 0, ...retry, at: now + awayPause };
  const next = retryAfter(container, { exitCode, lasted: 0 }, now);
  return next && { ...next, sinceBoot: retry?.sinceBoot };
}
