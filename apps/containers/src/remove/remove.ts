import { rmSync } from 'node:fs';
import { failedPrecondition, isKind, messageOf } from '@arcbox/errors';
import { type Container, isRunning, isStopped, shortId } from '../record/container.ts';
import type { Status } from '../record/status.ts';
import { type FinishStartDeps, holdWhole } from '../start/finish-start.ts';
import { giveBack } from '../stop/give-back.ts';
import { endProcess } from '../stop/kill.ts';
import { SIGKILL } from '../stop/signals.ts';
import { giveUpRestart, wantStop } from '../stop/want-stop.ts';

export interface RemoveDeps extends FinishStartDeps {
  readonly images: { cleanup(path: string): Promise<void> };
  readonly volumes: { remove(name: string): Promise<void> };
  readonly restarts: { plan(id: string): void };
}

export interface RemoveOptions {
  /** Kill it first if it runs. */
  readonly force: boolean;
  /** Also delete its anonymous volumes. */
  readonly volumes: boolean;
  /** A call with the same key, whose worker has died, may have removed it: then all is well. */
  readonly key?: string | undefined;
}

/** A killed process may need this long to be gone, milliseconds: longer means that it hangs in the kernel. */
const killPatience = 10_000;

/** False when somebody else has removed it meanwhile. */
export async function removeContainer(
  deps: RemoveDeps,
  reference: string,
  options: RemoveOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { containers } = deps;
  if (options.key !== undefined && containers.endings.hasRemoved(options.key)) return false;
  const found = containers.find(reference);
  if (!options.force) requireStopped(found);
  if (!isStopped(found)) {
    wantStop(containers, found.id);
    // Before the lease: somebody who is stopping it gently need not be waited for.
    const wasThere = await endProcess(found);
    if (wasThere) containers.announce(found, { action: 'kill', attributes: { signal: String(SIGKILL) } });
  }
  using _lease = await holdWhole(deps, found.id, signal);
  const container = containers.get(found.id);
  if (!container) return false;
  // Somebody may have started it while this waited.
  if (!options.force) requireStopped(container);
  if (isRunning(container)) await kill(deps, container);
  if (container.status.state === 'restarting') giveUpRestart(containers, container.id);
  await removeHeld(deps, containers.find(found.id), options);
  return true;
}

function requireStopped(container: Container): void {
  if (isStopped(container)) return;
  const { name, status } = container;
  const how = status.state === 'paused' ? 'unpause and stop' : 'stop';
  throw failedPrecondition(`container ${name} is ${status.state}: ${how} it first or use force`);
}

async function kill(deps: RemoveDeps, container: Container): Promise<void> {
  const { containers } = deps;
  await endProcess(container);
  const hasEnded = (): true | undefined => {
    deps.ends.notice(container.id);
    const now = containers.get(container.id);
    return now && isRunning(now) ? undefined : true;
  };
  try {
    await containers.changes.until(container.id, hasEnded, AbortSignal.timeout(killPatience));
  } catch (error) {
    if (hasEnded()) return;
    throw failedPrecondition(`container ${container.name} was killed but does not end`, error);
  }
}

/** Removes a stopped container. The caller holds its lease. On failure it is `dead`, and may be removed again. */
export async function removeHeld(deps: RemoveDeps, container: Container, removal: NonNullable<Status['removal']>): Promise<void> {
  const { containers, places } = deps;
  const { id } = container;
  containers.transition(id, ({ status }) => ({
    status: { ...status, state: 'removing', removal: { volumes: removal.volumes, key: removal.key } },
  }));
  try {
    if (container.status.held) await giveBack(deps, container);
    if (!container.config.internal) await deps.images.cleanup(places.root(id));
    if (removal.volumes) await removeVolumes(deps, container);
    rmSync(places.home(id), { recursive: true, force: true });
  } catch (error) {
    // Somebody who is needed is away: the patrol goes on with it when they are back.
    if (isKind(error, 'unavailable', 'deadline-exceeded')) throw error;
    const reason = `removal failed: ${messageOf(error)}`;
    containers.transition(id, ({ status }) => ({ status: { ...status, state: 'dead', error: reason } }));
    throw error;
  }
  containers.delete(containers.get(id) ?? container);
}

async function removeVolumes({ volumes, log }: RemoveDeps, { id, config }: Container): Promise<void> {
  for (const { volume, anonymous } of config.mounts) {
    if (!anonymous || volume === undefined) continue;
    try {
      await volumes.remove(volume);
    } catch (error) {
      // Another container may have come to use it: then it stays.
      if (!isKind(error, 'failed-precondition')) throw error;
      log.warn({ error, id: shortId(id), volume }, 'volume stays');
    }
  }
}
