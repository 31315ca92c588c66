import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { macOf, takeAddress } from './addresses.ts';
import { type Family, parseAddress, parseCidr } from './cidr.ts';
import { tearDown } from './close-sandbox.ts';
import { findNetwork } from './find-network.ts';
import { forgetFlows } from './forget-flows.ts';
import type { Ground } from './ground.ts';
import { batch, ensureBridges, insideLines, linkExists, plugLines, vethName } from './links.ts';
import { configureInside, createNamespace, isNamespace } from './namespace.ts';
import { connectionEvent } from './network-events.ts';
import { hasNames, type Network, subnetOf } from './network.ts';
import { takePorts } from './ports.ts';
import { hostResolvers } from './resolvers.ts';
import {
  type Endpoint,
  type EndpointAddress,
  type Join,
  outerEndpoint,
  type Resolvers,
  type Sandbox,
  type SandboxRequest,
} from './sandbox.ts';

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
  const { sandbox, networks } = reserve(ground, request, digest);
  try {
    await build(ground, sandbox, networks);
    signal.throwIfAborted();
    return announce(ground, sandbox);
  } catch (error) {
    await tearDown(ground, sandbox);
    throw error;
  }
}

/** Everything that can be refused is decided here, in one transaction among all replicas. */
function reserve(ground: Ground, request: SandboxRequest, digest: string): { sandbox: Sandbox; networks: Network[] } {
  const { records } = ground;
  return ground.store.transaction(() => {
    const networks = resolveNetworks(ground, request);
    const endpoints = networks.map((network, index) => {
      const wanted = request.joins[index] ?? { network: '', aliases: [], ipv4: '', ipv6: '', mac: '' };
      return connect(ground, network, wanted, `eth${index}`, request.containerId);
    });
    const outer = outerEndpoint(endpoints)?.addresses.map(({ family }) => family) ?? [];
    const sandbox: Sandbox = {
      id: request.containerId,
      name: request.containerName,
      state: 'opening',
      connected: false,
      request: digest,
      netns: join(ground.netns, request.containerId),
      endpoints,
      ports: takePorts(records, request, outer),
      ...resolversFor(ground, networks, endpoints),
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

function connect({ records }: Ground, network: Network, wanted: Join, device: string, container: string): Endpoint {
  const id = randomBytes(32).toString('hex');
  const plugged = network.driver === 'bridge';
  const addresses = ([4, 6] as const).flatMap((family): EndpointAddress[] => {
    const fixed = family === 4 ? wanted.ipv4 : wanted.ipv6;
    const subnet = subnetOf(network, family);
    if (!subnet && fixed !== '') throw invalidArgument(`network ${network.name} has no IPv${family} subnet for ${fixed}`);
    if (!subnet) return [];
    const address = takeAddress(records, network, subnet, fixed, container);
    const prefix = parseCidr(subnet.subnet)?.prefix ?? 0;
    return [{ family, address, prefix, gateway: network.internal ? '' : subnet.gateway }];
  });
  // The network `none` gives nothing, and still counts who is on it.
  if (!plugged) records.addresses.put({ id: `${network.id}/${container}`, container });
  const first = parseAddress(addresses[0]?.address ?? '');
  return {
    id,
    networkId: network.id,
    networkName: network.name,
    driver: network.driver,
    device: plugged ? device : '',
    link: plugged ? vethName(id) : '',
    mac: plugged ? wanted.mac || (first ? macOf(first) : '') : '',
    addresses,
    aliases: wanted.aliases,
  };
}

/** On a network with names its gateway answers; elsewhere the host's resolvers. */
function resolversFor(ground: Ground, networks: readonly Network[], endpoints: readonly Endpoint[]): Resolvers {
  const families: Family[] = [...new Set(endpoints.flatMap(({ addresses }) => addresses.map(({ family }) => family)))];
  const host = hostResolvers(families);
  if (families.length === 0) return { nameservers: [], search: [], options: [] };
  const named = ground.names.available ? networks.filter(hasNames) : [];
  if (named.length === 0) return host;
  const gateways = named.flatMap((network) => subnetOf(network, 4)?.gateway ?? []);
  return { nameservers: gateways, search: host.search, options: ['ndots:0'] };
}

async function build(ground: Ground, sandbox: Sandbox, networks: readonly Network[]): Promise<void> {
  const families = sandbox.endpoints.flatMap(({ addresses }) => addresses.map(({ family }) => family));
  createNamespace(sandbox.netns, { ipv6: families.includes(6) });
  const lost = networks.filter(({ link }) => link !== '' && !linkExists(link));
  await ensureBridges(lost, ground.tag);
  const lines = sandbox.endpoints.flatMap((endpoint, index) => {
    const network = networks[index];
    return network && endpoint.link !== '' ? plugLines(endpoint, network, sandbox, ground.tag) : [];
  });
  await batch(lines);
  // allSettled: what is undone after a failure must not be still in the making.
  const steps = await Promise.allSettled([
    configureInside(sandbox.netns, insideLines(sandbox)),
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
