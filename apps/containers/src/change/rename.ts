import { failedPrecondition } from '@arcbox/errors';
import { isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { validateName } from '../create/names.ts';

export interface RenameDeps {
  readonly containers: Containers;
  readonly sandboxes: { rename(id: string, name: string): Promise<void> };
}

/** Gives a container, running or not, another name, by which others find it at once. ALREADY_EXISTS when it is taken. */
export async function renameContainer(
  { containers, sandboxes }: RenameDeps,
  reference: string,
  wanted: string,
  signal: AbortSignal,
): Promise<void> {
  const name = validateName(wanted);
  const { id } = containers.find(reference);
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  if (container.name === name) throw failedPrecondition(`container ${name} has that name already`);
  containers.requireFreeName(name);
  const isKnown = isRunning(container) && container.status.network !== undefined;
  if (isKnown) await sandboxes.rename(id, name);
  try {
    containers.rename(id, name);
  } catch (error) {
    // Somebody else was faster.
    if (isKnown) await sandboxes.rename(id, container.name);
    throw error;
  }
}
