import { failedPrecondition } from '@arcbox/errors';
import { type Container, isRunning } from '../record/container.ts';
import { type FinishStartDeps, holdWhole } from '../start/finish-start.ts';
import { giveBack } from './give-back.ts';
import { endProcess, sendSignal, stopSignalOf } from './kill.ts';
import { thawContainer } from './pause.ts';
import { giveUpRestart, wantStop } from './want-stop.ts';
import { parseSignal, SIGKILL } from './signals.ts';

export interface StopOptions {
  /** Seconds between the signal and SIGKILL; undefined means the container's own, 10 by default. */
  readonly timeout?: number;
  /** Instead of the container's own stop signal. */
  readonly signal?: string;
}

const defaultTimeout = 10;

/** The longest that a timer of Node can wait, some 24 days; milliseconds. */
const longestTimeout = 2 ** 31 - 1;

/** What a killed process gets to be gone, milliseconds; fits, after the default timeout, into a client's 15 s. */
const killPatience = 4_000;

/** Ends a container, gently first. Returns when it has ended and its ports and addresses are free. */
export async function stopContainer(
  deps: FinishStartDeps,
  reference: string,
  options: StopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { containers } = deps;
  checkSignal(options);
  const { id } = containers.find(reference);
  using _lease = await holdWhole(deps, id, signal);
  const container = containers.get(id);
  if (container?.status.state === 'restarting') return giveUpRestart(containers, id);
  if (container && isRunning(container)) await endContainer(deps, container, options, signal);
}

/** INVALID_ARGUMENT when there is no such signal. */
export function checkSignal({ signal }: StopOptions): void {
  if (signal) parseSignal(signal);
}

/** The same for a container that runs and whose lease the caller holds. */
export async function endContainer(deps: FinishStartDeps, container: Container, options: StopOptions, signal: AbortSignal): Promise<void> {
  const { containers } = deps;
  const { id } = container;
  const number = options.signal ? parseSignal(options.signal) : undefined;
  wantStop(containers, id);
  const gentle = number ?? stopSignalOf(container);
  const timeout = Math.min((options.timeout ?? container.config.life?.stopTimeout ?? defaultTimeout) * 1000, longestTimeout);
  await signalAndWait(deps, container, timeout > 0 ? gentle : SIGKILL, timeout > 0 ? timeout : killPatience, signal);
  if (isStillRunning(deps, id)) await signalAndWait(deps, container, SIGKILL, killPatience, signal);
  const stopped = containers.get(id);
  if (!stopped) return;
  if (isRunning(stopped)) throw failedPrecondition(`container ${container.name} was killed but does not end`);
  containers.announce(stopped, { action: 'stop' });
  if (stopped.status.held) await giveBack(deps, stopped);
}

async function signalAndWait(
  deps: FinishStartDeps,
  container: Container,
  number: number,
  patience: number,
  signal: AbortSignal,
): Promise<void> {
  const { containers } = deps;
  if (number === SIGKILL) await endProcess(container);
  else if (sendSignal(container, number) && container.status.state === 'paused') await thawContainer(containers, container.id);
  containers.announce(container, { action: 'kill', attributes: { signal: String(number) } });
  const patient = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  try {
    await containers.changes.until(container.id, () => (isStillRunning(deps, container.id) ? undefined : true), patient);
  } catch (error) {
    signal.throwIfAborted();
    if (!patient.aborted) throw error;
  }
}

/** Looks at the facts, so that it does not depend on who watches exits. */
function isStillRunning(deps: FinishStartDeps, id: string): boolean {
  deps.ends.notice(id);
  const container = deps.containers.get(id);
  return container !== undefined && isRunning(container);
}
