import { changeDone, linksOf } from './finish-changes.ts';
import type { Ground } from './ground.ts';
import { rename } from './plug.ts';
import { portId } from './ports.ts';
import type { Sandbox } from './sandbox.ts';

/** Calls an open sandbox as its container is called now; undefined when there is none. */
export async function renameSandbox(
  ground: Ground,
  containerId: string,
  name: string,
  signal: AbortSignal,
): Promise<Sandbox | undefined> {
  using _lease = await ground.store.leases.hold(`sandbox/${containerId}`, signal);
  const { records, store, firewall, names } = ground;
  const before = records.sandboxes.get(containerId);
  if (before?.state !== 'open') return undefined;
  if (before.name === name) return before;
  await ground.settled();
  const after: Sandbox = { ...before, name, unfinished: true };
  store.transaction(() => {
    records.sandboxes.put(after);
    for (const port of after.ports) records.ports.update(portId(port), (taken) => ({ ...taken, containerName: name }));
  });
  await names.update(after.endpoints.flatMap(({ networkId }) => records.networks.get(networkId) ?? []));
  await firewall.lead(before, after);
  await rename(linksOf(after), name, ground.tag);
  return changeDone(ground, after);
}
