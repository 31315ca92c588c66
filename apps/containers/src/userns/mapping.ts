import { failedPrecondition } from '@arcbox/errors';
import { isAlive } from '@arcbox/store';
import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { donorsOf } from './choose-ids.ts';
import type { IdMaps } from './id-maps.ts';
import { openFileOwners, openUserNamespace } from './user-namespace.ts';

/** What gives a container that starts ids of its own. */
export interface Mapping extends Disposable {
  readonly ids: IdMaps;
  /** Path of its user namespace. */
  readonly namespace: string;
  /** Descriptor of a user namespace that shows files with its ids: `openFileOwners`. */
  readonly owners: number;
}

/** Undefined for a container that has the ids of the host. FAILED_PRECONDITION where there is nothing to give, or to share. */
export async function openMapping(containers: Pick<Containers, 'find'>, { config }: Container): Promise<Mapping | undefined> {
  const { ids } = config;
  if (!ids) return undefined;
  using stack = new DisposableStack();
  const owners = stack.use(await openFileOwners(ids)).descriptor;
  const [donor] = donorsOf(config);
  // Its namespaces belong to its namespace of users: in another one they would be of no use.
  const namespace = donor === undefined ? stack.use(await openUserNamespace(ids)).path : namespaceOf(containers.find(donor));
  const kept = stack.move();
  return { ids, namespace, owners, [Symbol.dispose]: () => kept.dispose() };
}

function namespaceOf({ name, status }: Container): string {
  const { pid, identity } = status.process ?? {};
  if (pid === undefined || !isAlive(identity ?? '')) throw failedPrecondition(`cannot join namespaces of a container that is not running: ${name}`);
  return `/proc/${pid}/ns/user`;
}
