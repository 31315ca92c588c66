import { failedPrecondition } from '@arcbox/errors';
import { type Container, isRunning, type State } from './container.ts';
import type { Containers } from './containers.ts';
import { freeze } from './runtime/cgroup.ts';

/** Freezes every process of a running container. */
export async function pauseContainer(containers: Containers, reference: string, signal: AbortSignal): Promise<void> {
  await change(containers, reference, signal, { from: 'running', to: 'paused', action: 'pause' });
}

/** Lets a frozen container go on. */
export async function unpauseContainer(containers: Containers, reference: string, signal: AbortSignal): Promise<void> {
  await change(containers, reference, signal, { from: 'paused', to: 'running', action: 'unpause' });
}

async function change(
  containers: Containers,
  reference: string,
  signal: AbortSignal,
  { from, to, action }: { from: State; to: State; action: 'pause' | 'unpause' },
): Promise<void> {
  const { id } = containers.find(reference);
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  requireState(container, from);
  await freeze(id, to === 'paused');
  containers.transition(id, (now) =>
    now.status.state === from ? { status: { ...now.status, state: to }, events: [{ action }] } : undefined,
  );
}

function requireState(container: Container, wanted: State): void {
  const { state } = container.status;
  if (state === wanted) return;
  const is = wanted === 'paused' ? 'is not paused' : isRunning(container) ? 'is already paused' : 'is not running';
  throw failedPrecondition(`container ${container.name} ${is}`);
}
