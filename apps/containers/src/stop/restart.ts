import { isRunning } from '../record/container.ts';
import { type StartDeps, startContainer } from '../start/start.ts';
import { stopContainer, type StopOptions } from './stop.ts';

/** Stops a container if it runs, and starts it. */
export async function restartContainer(
  deps: StartDeps,
  reference: string,
  options: StopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { containers } = deps;
  const container = containers.find(reference);
  if (isRunning(container)) await stopContainer(deps, container.id, options, signal);
  await startContainer(deps, container.id, signal);
  containers.announce(containers.find(container.id), { action: 'restart' });
}
