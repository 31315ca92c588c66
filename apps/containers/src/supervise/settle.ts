import { forRequest } from '@arcbox/request';
import { type Container, isRunning } from '../record/container.ts';
import { giveBack } from '../stop/give-back.ts';
import { removeHeld, type RemoveDeps } from '../remove/remove.ts';

/** What follows an end: everything held is given back, and a container that shall not stay goes. */
export async function settle(deps: RemoveDeps, id: string): Promise<void> {
  using _lease = await deps.containers.hold(id);
  const container = deps.containers.get(id);
  if (!container || container.status.starting || isRunning(container)) return;
  await forRequest(container.status.stoppedFor, () => settleHeld(deps, container));
}

async function settleHeld(deps: RemoveDeps, container: Container): Promise<void> {
  const { id } = container;
  if (container.status.state === 'removing') {
    return await removeHeld(deps, container, container.status.removal ?? { volumes: false });
  }
  if (container.status.held) await giveBack(deps, container);
  if (container.status.state === 'restarting') return deps.restarts.plan(id);
  if (container.config.autoRemove && container.status.exits > 0) await removeHeld(deps, container, { volumes: true });
}
