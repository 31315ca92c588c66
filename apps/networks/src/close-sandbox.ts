import { dropEndpoint } from './endpoints.ts';
import { forgetFlows } from './forget-flows.ts';
import type { Ground } from './ground.ts';
import { removeNamespace } from './namespace.ts';
import { connectionEvent } from './network-events.ts';
import { unplug } from './plug.ts';
import { endHolder } from './port-holder.ts';
import { portId } from './ports.ts';
import type { Sandbox } from './sandbox.ts';

/** Gives everything of a container back. What is not open is closed. */
export async function closeSandbox(ground: Ground, containerId: string, signal: AbortSignal): Promise<void> {
  using _lease = await ground.store.leases.hold(`sandbox/${containerId}`, signal);
  const sandbox = ground.records.sandboxes.get(containerId);
  if (sandbox) await tearDown(ground, sandbox);
}

/** Undoes a sandbox in whatever state it is. The caller holds its lease; nothing cancels this. */
export async function tearDown(ground: Ground, sandbox: Sandbox): Promise<void> {
  const { records, store } = ground;
  const closing = records.sandboxes.update(sandbox.id, (present) => ({ ...present, state: 'closing' })) ?? sandbox;
  const steps = await Promise.allSettled([
    ground.firewall.withdraw(closing).then(() => forgetFlows(closing, ground.log)),
    unplug(closing.endpoints.map(({ link }) => link)),
    endHolder(closing.holder ?? sandbox.holder),
    ground.relays.endEverywhere(closing),
  ]);
  removeNamespace(closing.netns);
  const failed = steps.find((step) => step.status === 'rejected');
  // The record stays, so that the next close or start finishes this.
  if (failed) throw failed.reason;
  store.transaction(() => {
    for (const endpoint of closing.endpoints) dropEndpoint(records, endpoint, closing.id);
    for (const port of closing.ports) records.ports.delete(portId(port));
    records.sandboxes.delete(closing.id);
    if (!closing.connected) return;
    for (const endpoint of closing.endpoints.filter(({ stage }) => stage !== 'joining')) store.outbox.append(connectionEvent('disconnect', closing, endpoint));
  });
  await ground.names.update(closing.endpoints.flatMap(({ networkId }) => records.networks.get(networkId) ?? []));
}
