import { failedPrecondition } from '@arcbox/errors';
import type { Containers } from './containers.ts';
import { validateName } from './names.ts';

/** Gives a container, running or not, another name. ALREADY_EXISTS when it is taken. */
export async function renameContainer(
  containers: Containers,
  reference: string,
  wanted: string,
  signal: AbortSignal,
): Promise<void> {
  const name = validateName(wanted);
  const { id } = containers.find(reference);
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  if (container.name === name) throw failedPrecondition(`container ${name} has that name already`);
  containers.rename(id, name);
}
