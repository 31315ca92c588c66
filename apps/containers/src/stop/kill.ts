import { constants } from 'node:os';
import { failedPrecondition } from '@arcbox/errors';
import { isAlive } from '@arcbox/store';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { ignoreGone } from './pause.ts';
import { freeze } from '../runtime/cgroup.ts';
import { parseSignal, SIGKILL, SIGTERM } from './signals.ts';
import { cgroupPath } from '../spec/cgroup-path.ts';
import { wantStop } from './want-stop.ts';

/**
 * Sends a signal to the main process. Takes no lease: it has to work while
 * somebody else waits for the container to stop.
 */
export async function killContainer(containers: Containers, reference: string, signal: string): Promise<void> {
  const number = signal === '' ? SIGKILL : parseSignal(signal);
  const container = containers.find(reference);
  const refused = failedPrecondition(`container ${container.name} is not running`);
  if (!isRunning(container)) throw refused;
  // What asks a program to end is meant; other signals leave the restart policy alone.
  if (number === SIGKILL || number === stopSignalOf(container)) wantStop(containers, container.id);
  if (!sendSignal(container, number)) throw refused;
  containers.announce(container, { action: 'kill', attributes: { signal: String(number) } });
  if (number === SIGKILL) await thaw(containers.get(container.id));
}

/** What Stop sends first. */
export function stopSignalOf({ config }: Container): number {
  return Number(config.stopSignal ?? SIGTERM);
}

/** Kills the main process, and with it the whole container; false when it was gone already. */
export async function endProcess(container: Container): Promise<boolean> {
  const wasThere = sendSignal(container, SIGKILL);
  // A conmon that somebody has stopped would never tell of the end.
  signalIdentity(container.status.process?.monitor, constants.signals.SIGCONT);
  await thaw(container);
  return wasThere;
}

/** False when the process is gone. */
export function sendSignal({ status }: Container, signal: number): boolean {
  return signalIdentity(status.process?.identity, signal);
}

function signalIdentity(identity: string | undefined, signal: number): boolean {
  if (identity === undefined || !isAlive(identity)) return false;
  try {
    return process.kill(Number(identity.split('.')[0]), signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** A frozen process, or one that is just being frozen, does not die before it runs again. Looked at after the signal: who freezes it later sees that. */
async function thaw(container: Container | undefined): Promise<void> {
  if (!container || (container.status.state !== 'paused' && !container.status.freezing)) return;
  await freeze(cgroupPath(container), false).catch(ignoreGone);
}
