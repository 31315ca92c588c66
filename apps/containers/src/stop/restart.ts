import { isRunning } from '../record/container.ts';
import { holdWhole } from '../start/finish-start.ts';
import { beginContainer, type StartDeps } from '../start/start.ts';
import { checkSignal, endContainer, type StopOptions } from './stop.ts';

/** Stops a container if it runs, and starts it; nobody else comes between. */
export async function restartContainer(
  deps: StartDeps,
  reference: string,
  options: StopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { containers } = deps;
  checkSignal(options);
  const { id } = containers.find(reference);
  using _lease = await holdWhole(deps, id, signal);
  const container = containers.find(id);
  if (isRunning(container)) await endContainer(deps, container, options, signal);
  await beginContainer(deps, id, signal);
  containers.announce(containers.find(id), { action: 'restart' });
}
