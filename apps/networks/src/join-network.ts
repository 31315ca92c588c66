import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { resolversFor, takeEndpoint } from './endpoints.ts';
import { findNetwork } from './find-network.ts';
import { changeDone } from './finish-changes.ts';
import { forgetFlows } from './forget-flows.ts';
import type { Ground } from './ground.ts';
import { unplugEndpoint } from './leave-network.ts';
import { ensureBridges, linkExists } from './links.ts';
import { isNamespace, permitIPv6 } from './namespace.ts';
import { connectionEvent } from './network-events.ts';
import type { Network } from './network.ts';
import { configureEndpoint, plug } from './plug.ts';
import { routeOut } from './route-out.ts';
import type { Endpoint, Join, Sandbox } from './sandbox.ts';

/** Puts an open sandbox on a further network. Where it is already nothing changes; on failure neither. */
export async function joinNetwork(ground: Ground, containerId: string, wanted: Join, signal: AbortSignal): Promise<Sandbox> {
  using _lease = await ground.store.leases.hold(`sandbox/${containerId}`, signal);
  const sandbox = ground.records.sandboxes.get(containerId);
  if (sandbox?.state !== 'open' || !isNamespace(sandbox.netns)) {
    throw failedPrecondition(`container ${sandbox?.name ?? containerId} has no open sandbox`);
  }
  await ground.settled();
  const network = findNetwork(ground.records, wanted.network);
  const isFirst = sandbox.endpoints.every(({ networkId }) => networkId === network.id);
  if (network.driver === 'host' || (network.driver === 'null' && !isFirst)) throw invalidArgument(`network ${network.name} cannot be joined with others`);
  const present = sandbox.endpoints.find(({ networkId }) => networkId === network.id);
  if (present && !present.stage) return sandbox;
  const before = present ? await unplugEndpoint(ground, sandbox, present) : sandbox;
  const { joining, endpoint } = reserve(ground, before, network.id, wanted);
  try {
    await connect(ground, joining, endpoint, network);
    signal.throwIfAborted();
  } catch (error) {
    await unplugEndpoint(ground, joining, endpoint);
    throw error;
  }
  return await complete(ground, joining, endpoint);
}

function reserve(ground: Ground, before: Sandbox, networkId: string, wanted: Join): { joining: Sandbox; endpoint: Endpoint } {
  const { records } = ground;
  return ground.store.transaction(() => {
    // Again: it may have been removed meanwhile.
    const network = findNetwork(records, networkId);
    const endpoint: Endpoint = { ...takeEndpoint(records, network, wanted, freeDevice(before), before.id), stage: 'joining' };
    const joining: Sandbox = { ...before, endpoints: [...before.endpoints, endpoint] };
    records.sandboxes.put(joining);
    return { joining, endpoint };
  });
}

function freeDevice({ endpoints }: Sandbox): string {
  const used = new Set(endpoints.map(({ device }) => device));
  let number = 0;
  while (used.has(`eth${number}`)) number++;
  return `eth${number}`;
}

async function connect(ground: Ground, sandbox: Sandbox, endpoint: Endpoint, network: Network): Promise<void> {
  if (endpoint.link === '') return;
  if (!linkExists(network.link)) await ensureBridges([network], ground.tag);
  await plug([{ endpoint, network }], sandbox, ground.tag);
  permitIPv6(sandbox.netns, [{ device: endpoint.device, ipv6: endpoint.addresses.some(({ family }) => family === 6) }]);
  await configureEndpoint(sandbox.netns, endpoint);
}

/** From here on it is there: routes, ports and names follow, and the world hears of it. */
async function complete(ground: Ground, joining: Sandbox, joined: Endpoint): Promise<Sandbox> {
  const { records, store } = ground;
  const { stage: _stage, ...endpoint } = joined;
  // Whoever is on `none` is no longer when there is another network.
  const others = joining.endpoints.filter(({ id, driver }) => id !== joined.id && driver !== 'null');
  const endpoints = [...others, endpoint];
  const after: Sandbox = { ...joining, endpoints, ...resolversFor(ground, endpoints, joining.dns ?? []), unfinished: true };
  const unconnected = joining.endpoints.filter(({ id, driver }) => id !== joined.id && driver === 'null');
  store.transaction(() => {
    for (const none of unconnected) {
      records.addresses.delete(`${none.networkId}/${joining.id}`);
      store.outbox.append(connectionEvent('disconnect', joining, none));
    }
    records.sandboxes.put(after);
    store.outbox.append(connectionEvent('connect', after, endpoint));
  });
  await ground.firewall.lead(joining, after);
  await routeOut(ground, after, joining.endpoints, endpoints);
  await forgetFlows(after, ground.log);
  await ground.names.update([endpoint.networkId].flatMap((id) => records.networks.get(id) ?? []));
  return changeDone(ground, after);
}
