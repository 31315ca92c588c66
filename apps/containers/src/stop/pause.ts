import { failedPrecondition } from '@arcbox/errors';
import { type Container, isRunning } from '../record/container.ts';
import type { State } from '../record/status.ts';
import type { Containers } from '../record/containers.ts';
import { freeze } from '../runtime/cgroup.ts';
import { pendingSignals } from '../runtime/pending-signals.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import { SIGKILL } from './signals.ts';

/** Freezes every process of a running container. */
export async function pauseContainer(containers: Containers, reference: string, signal: AbortSignal): Promise<void> {
  await change(containers, reference, signal, { from: 'running', to: 'paused', action: 'pause' });
}

/** Lets a frozen container go on. */
export async function unpauseContainer(containers: Containers, reference: string, signal: AbortSignal): Promise<void> {
  await change(containers, reference, signal, { from: 'paused', to: 'running', action: 'unpause' });
}

/** The same, for a caller that holds the lease; one that has ended meanwhile is fine. */
export async function thawContainer(containers: Containers, id: string): Promise<void> {
  await freeze(cgroupPath(containers.get(id) ?? { id }), false).catch(ignoreGone);
  note(containers, id, { from: 'paused', to: 'running', action: 'unpause' });
}

interface Change {
  readonly from: State;
  readonly to: State;
  readonly action: 'pause' | 'unpause';
}

async function change(
  containers: Containers,
  reference: string,
  signal: AbortSignal,
  transition: Change,
): Promise<void> {
  const { id } = containers.find(reference);
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  requireState(container, transition.from);
  containers.transition(id, ({ status }) => ({ status: { ...status, freezing: true } }));
  try {
    await freeze(cgroupPath(container), transition.to === 'paused');
    if (transition.to === 'paused' && isDying(container)) throw failedPrecondition(`container ${container.name} is ending`);
    note(containers, id, transition);
  } finally {
    await finishFreeze(containers, id);
  }
}

/** It was killed and has not died of it yet: frozen, it never would. */
function isDying({ status }: Container): boolean {
  const pid = status.process?.pid;
  return pid !== undefined && pendingSignals(pid).has(SIGKILL);
}

function note(containers: Containers, id: string, { from, to, action }: Change): void {
  containers.transition(id, ({ status }) =>
    status.state === from ? { status: { ...status, state: to, freezing: undefined }, events: [{ action }] } : undefined,
  );
}

/** Undoes what was begun and not brought to its end, here or by a worker that is gone: the kernel becomes again what is written down. The caller holds the lease. */
export async function finishFreeze(containers: Containers, id: string): Promise<void> {
  const container = containers.get(id);
  if (!container?.status.freezing) return;
  if (isRunning(container)) await freeze(cgroupPath(container), container.status.state === 'paused').catch(ignoreGone);
  containers.transition(id, ({ status }) => ({ status: { ...status, freezing: undefined } }));
}

/** A container that has ended has no cgroup. */
export function ignoreGone(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

function requireState(container: Container, wanted: State): void {
  const { state } = container.status;
  if (state === wanted) return;
  const is = wanted === 'paused' ? 'is not paused' : isRunning(container) ? 'is already paused' : 'is not running';
  throw failedPrecondition(`container ${container.name} ${is}`);
}
