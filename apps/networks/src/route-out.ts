import { messageOf } from '@arcbox/errors';
import type { Ground } from './ground.ts';
import { isNamespace } from './namespace.ts';
import { configureRoutes } from './plug.ts';
import type { Endpoint, Sandbox } from './sandbox.ts';

/**
 * Gives a container the default routes of its present endpoints, where they are
 * others than before; none before sets them all. One that has removed or changed
 * its interfaces itself, which it may, has the routes that it has.
 */
export async function routeOut({ log }: Ground, { id, netns }: Sandbox, before: readonly Endpoint[], after: readonly Endpoint[]): Promise<void> {
  if (!isNamespace(netns)) return;
  try {
    await configureRoutes(netns, before, after);
  } catch (error) {
    log.warn({ error, container: id }, `the default route of a container cannot be set: ${messageOf(error)}`);
  }
}
