import type { Containers } from '../record/containers.ts';
import { type Container, isRunning } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import type { Places } from '../record/places.ts';
import { type Attachment, attachmentsOf, hasSandbox } from '../options/networking.ts';
import { isSameNetwork } from '../options/same-network.ts';
import { updateNetworkFiles } from '../start/network.ts';
import type { KnownSandbox } from './known-sandbox.ts';

export interface AgreeDeps {
  readonly containers: Containers;
  readonly sandboxes: {
    list(): Promise<KnownSandbox[]>;
    join(id: string, attachment: Attachment): Promise<Network>;
    leave(id: string, network: string): Promise<Network | undefined>;
    rename(id: string, name: string): Promise<void>;
  };
  readonly places: Places;
}

/**
 * Makes a running container and its sandbox the same again: a worker may have died
 * after one had its new name or networks, and before the other. What the container's
 * record says counts. Leaves alone what somebody works on.
 */
export async function agreeOnNetwork(deps: AgreeDeps, seen: KnownSandbox): Promise<void> {
  const { containers, sandboxes } = deps;
  if (!differs(containers.get(seen.id), seen)) return;
  using lease = containers.tryHold(seen.id);
  const container = lease && containers.get(seen.id);
  // Once more, now that nobody changes it.
  const sandbox = container && (await sandboxes.list()).find(({ id }) => id === seen.id);
  if (sandbox && differs(container, sandbox)) await bringTogether(deps, container, sandbox);
}

function differs(container: Container | undefined, { name, network }: KnownSandbox): container is Container {
  if (!container || !isRunning(container) || container.status.starting || !hasSandbox(container.config)) return false;
  if (container.name !== name || JSON.stringify(container.status.network) !== JSON.stringify(network)) return true;
  const { left, missing } = differencesOf(container, network);
  return left.length > 0 || missing.length > 0;
}

function differencesOf({ config }: Container, { endpoints }: Network) {
  const wanted = attachmentsOf(config);
  const all = endpoints.map(({ networkId, networkName }) => ({ id: networkId, name: networkName }));
  // Who is on no network may be on `none`, which is none.
  const present = all.filter(({ name }) => wanted.length > 0 || name !== 'none');
  return {
    left: present.filter((network) => !wanted.some((attachment) => isSameNetwork(attachment.network, network))),
    missing: wanted.filter((attachment) => !present.some((network) => isSameNetwork(attachment.network, network))),
  };
}

async function bringTogether({ containers, sandboxes, places }: AgreeDeps, container: Container, sandbox: KnownSandbox): Promise<void> {
  const { id, name } = container;
  if (sandbox.name !== name) await sandboxes.rename(id, name);
  const { left, missing } = differencesOf(container, sandbox.network);
  let present = sandbox.network;
  for (const network of left) present = (await sandboxes.leave(id, network.id)) ?? present;
  for (const attachment of missing) present = await sandboxes.join(id, attachment);
  updateNetworkFiles(places.home(id), container, present);
  containers.transition(id, ({ status }) => ({ status: { ...status, network: present } }));
}
