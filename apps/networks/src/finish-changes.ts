import type { Ground } from './ground.ts';
import { rename } from './plug.ts';
import { routeOut } from './route-out.ts';
import type { Sandbox } from './sandbox.ts';

/** Does what had to follow a change of the record of an open sandbox, after a crash; firewall and names are put right as a whole. */
export async function finishChanges(ground: Ground): Promise<void> {
  for (const { id } of ground.records.sandboxes.all().filter(isUnfinished)) {
    using lease = ground.store.leases.tryHold(`sandbox/${id}`);
    const sandbox = lease && ground.records.sandboxes.get(id);
    if (!sandbox || !isUnfinished(sandbox)) continue;
    await routeOut(ground, sandbox, [], sandbox.endpoints);
    await rename(linksOf(sandbox), sandbox.name, ground.tag);
    changeDone(ground, sandbox);
  }
}

/** All of it is as the record says. */
export function changeDone({ records }: Ground, { unfinished: _done, ...sandbox }: Sandbox): Sandbox {
  records.sandboxes.put(sandbox);
  return sandbox;
}

/** Its ends on the host. */
export function linksOf({ endpoints }: Sandbox): string[] {
  return endpoints.flatMap(({ link }) => (link === '' ? [] : [link]));
}

function isUnfinished({ state, unfinished }: Sandbox): boolean {
  return state === 'open' && unfinished === true;
}
