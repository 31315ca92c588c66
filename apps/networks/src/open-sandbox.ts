import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { tearDown } from './close-sandbox.ts';
import { resolversFor, takeEndpoint } from './endpoints.ts';
import { findNetwork } from './find-network.ts';
import { forgetFlows } from './forget-flows.ts';
import type { Ground } from './ground.ts';
import { ensureBridges, linkExists } from './links.ts';
import { createNamespace, createOwnedNamespace, isNamespace, permitIPv6 } from './namespace.ts';
import { connectionEvent } from './network-events.ts';
import type { Network } from './network.ts';
import { configureSandbox, plug } from './plug.ts';
import { PortSockets } from './port-holder.ts';
import { holdersAmong, takePorts } from './ports.ts';
import { familiesReached, type Sandbox, type SandboxRequest } from './sandbox.ts';

/** A namespace with endpoints and ports for one start of a container. On failure nothing is left. */
export async function openSandbox(ground: Ground, request: SandboxRequest, signal: AbortSignal): Promise<Sandbox> {
  using _lease = await ground.store.leases.hold(`sandbox/${request.containerId}`, signal);
  const digest = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const present = ground.records.sandboxes.get(request.containerId);
  if (present?.state === 'open' && isNamespace(present.netns)) {
    if (present.request === digest) return present;
    throw failedPrecondition(`container ${request.containerName} is connected already, in another way`);
  }
  if (present) await tearDown(ground, present);
  await ground.settled();
  await waitForClosing(ground, request, signal);
  using sockets = new PortSockets();
  const { sandbox: reserved, networks } = reserve(ground, request, digest, sockets);
  let sandbox = reserved;
  try {
    sandbox = { ...reserved, ...sockets.handOver(reserved.netns) };
    await build(ground, sandbox, networks, request.userNamespace);
    signal.throwIfAborted();
    const open = announce(ground, sandbox);
    ground.relays.adopt(open);
    return open;
  } catch (error) {
    await tearDown(ground, sandbox);
    throw error;
  }
}

/** A port that is just being given back is as good as free: whoever replaces a container waits for it. */
async function waitForClosing({ records, store }: Ground, { ports }: SandboxRequest, signal: AbortSignal): Promise<void> {
  const holders = ports.flatMap((port) => holdersAmong(records, port));
  for (const id of new Set(holders.map(({ container }) => container))) {
    if (records.sandboxes.get(id)?.state !== 'closing') continue;
    using _lease = await store.leases.hold(`sandbox/${id}`, signal);
  }
}

/** Everything that can be refused is decided here, in one transaction among all replicas. */
function reserve(
  ground: Ground,
  request: SandboxRequest,
  digest: string,
  sockets: PortSockets,
): { sandbox: Sandbox; networks: Network[] } {
  const { records } = ground;
  return ground.store.transaction(() => {
    const networks = resolveNetworks(ground, request);
    const endpoints = networks.map((network, index) => {
      const wanted = request.joins[index] ?? { network: '', aliases: [], ipv4: '', ipv6: '', mac: '' };
      return takeEndpoint(records, network, wanted, `eth${index}`, request.containerId);
    });
    const sandbox: Sandbox = {
      id: request.containerId,
      name: request.containerName,
      state: 'opening',
      connected: false,
      request: digest,
      netns: join(ground.netns, request.containerId),
      endpoints,
      ports: takePorts({ records, sockets }, request, familiesReached(endpoints)),
      ...resolversFor(ground, endpoints, request.dns),
      ...(request.dns.length > 0 ? { dns: request.dns } : {}),
    };
    records.sandboxes.put(sandbox);
    return { sandbox, networks };
  });
}

/** The networks to join; none at all is the network `none`. */
function resolveNetworks({ records }: Ground, { joins }: SandboxRequest): Network[] {
  const networks = joins.length === 0 ? records.networks.findBy('name', 'none') : joins.map((join) => findNetwork(records, join.network));
  const unfit = networks.find(({ driver }) => driver === 'host' || (driver === 'null' && networks.length > 1));
  if (unfit) throw invalidArgument(`network ${unfit.name} cannot be joined${networks.length > 1 ? ' with others' : ''}`);
  const twice = networks.find((network, index) => networks.findIndex(({ id }) => id === network.id) !== index);
  if (twice) throw invalidArgument(`network ${twice.name} is named twice`);
  return networks;
}

async function build(ground: Ground, sandbox: Sandbox, networks: readonly Network[], owner: string): Promise<void> {
  const { endpoints, netns } = sandbox;
  const families = endpoints.flatMap(({ addresses }) => addresses.map(({ family }) => family));
  const options = { ipv6: families.includes(6) };
  if (owner === '') createNamespace(netns, options);
  else await createOwnedNamespace(netns, options, owner);
  const lost = networks.filter(({ link }) => link !== '' && !linkExists(link));
  await ensureBridges(lost, ground.tag);
  const plugs = endpoints.flatMap((endpoint, index) => {
    const network = networks[index];
    return network && endpoint.link !== '' ? [{ endpoint, network }] : [];
  });
  await plug(plugs, sandbox, ground.tag);
  const mixed = families.includes(6) ? endpoints.filter(({ addresses }) => addresses.every(({ family }) => family === 4)) : [];
  if (mixed.length > 0) permitIPv6(netns, mixed.map(({ device }) => ({ device, ipv6: false })));
  // allSettled: what is undone after a failure must not be still in the making.
  const steps = await Promise.allSettled([
    configureSandbox(sandbox),
    ground.firewall.publish(sandbox).then(() => forgetFlows(sandbox, ground.log)),
    ground.names.update(networks),
  ]);
  const failed = steps.find((step) => step.status === 'rejected');
  if (failed) throw failed.reason;
}

function announce({ store, records }: Ground, sandbox: Sandbox): Sandbox {
  const open: Sandbox = { ...sandbox, state: 'open', connected: true };
  store.transaction(() => {
    records.sandboxes.put(open);
    for (const endpoint of open.endpoints) store.outbox.append(connectionEvent('connect', open, endpoint));
  });
  return open;
}
