import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { ignoreGone, thawContainer } from '../stop/pause.ts';
import { freeze } from '../runtime/cgroup.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';

/**
 * Freezes a running container for as long as an image is made of it. Noted first,
 * so that it goes on when the worker dies on the way. The caller holds the lease.
 */
export async function freezeForCommit(containers: Containers, container: Container): Promise<void> {
  containers.transition(container.id, ({ status }) =>
    status.state === 'running' ? { status: { ...status, state: 'paused', committing: true }, events: [{ action: 'pause' }] } : undefined,
  );
  // It may end just now: then there is nothing to freeze.
  await freeze(cgroupPath(container), true).catch(ignoreGone);
}

/** Lets it go on, also one that a worker has left which is gone. The caller holds the lease. */
export async function thawAfterCommit(containers: Containers, id: string): Promise<void> {
  if (!containers.get(id)?.status.committing) return;
  await thawContainer(containers, id);
  containers.transition(id, ({ status }) => ({ status: { ...status, committing: undefined } }));
}
