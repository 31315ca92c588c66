import { failedPrecondition } from '@arcbox/errors';
import { isMounted } from '@arcbox/linux';
import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { View } from './detach.ts';
import { openView, type ViewPlaces } from './view.ts';
import { missingOf, sourcesOf } from '../start/sources.ts';
import { openFileOwners } from '../userns/user-namespace.ts';

export interface FilesDeps {
  readonly containers: Containers;
  readonly places: ViewPlaces;
}

/** The files of a container, open. */
export interface Files extends View {
  readonly container: Container;
}

/**
 * Opens the files of a container, running or not. Whoever writes to one that does
 * not run keeps it from starting, or from being removed, until the files are closed.
 * What was opened while it ran holds up its next start: an upper directory of
 * overlayfs must not be mounted twice.
 */
export async function openFiles(
  { containers, places }: FilesDeps,
  reference: string,
  { writable }: { writable: boolean },
  signal: AbortSignal,
): Promise<Files> {
  const { id } = containers.find(reference);
  using stack = new DisposableStack();
  const lease = stack.use(await containers.hold(id, signal));
  const container = containers.find(id);
  requireFiles(container);
  // Who opens them here waits with the whole worker; a server that does not answer is found out before.
  await missingOf(sourcesOf(container.config.mounts, 'bind', 'volume'), signal);
  const hasRoot = isMounted(places.root(id));
  const isAlone = writable && !hasRoot;
  if (hasRoot) stack.use(await containers.holdFiles(id, signal));
  using owners = container.config.ids && (await openFileOwners(container.config.ids));
  const view = stack.use(openView(places, container, { writable, owners: owners?.descriptor }));
  const { root } = view;
  const kept = stack.move();
  const close = (): void => kept.dispose();
  if (!isAlone) lease[Symbol.dispose]();
  return { root, container, [Symbol.dispose]: close };
}

/** FAILED_PRECONDITION for one that is going, or that could not go. */
export function requireFiles({ name, status }: Container): void {
  const { state } = status;
  if (state === 'removing' || state === 'dead') throw failedPrecondition(`container ${name} has no files any more: it is ${state}`);
}
