import { randomBytes } from 'node:crypto';
import { alreadyExists, failedPrecondition, invalidArgument } from '@arcbox/errors';
import type { Family } from './cidr.ts';
import { holdFile } from './file-lock.ts';
import { enableForwarding6, forwardingWarnings } from './forwarding.ts';
import type { Ground } from './ground.ts';
import { passOverIdle } from './idle-bridges.ts';
import { bridgeName, ensureBridges } from './links.ts';
import { networkEvent } from './network-events.ts';
import type { Network } from './network.ts';
import { planSubnets, type WantedSubnet } from './plan-subnets.ts';
import { discard, discardUnfinished } from './remove-network.ts';
import { hostResolvers } from './resolvers.ts';
import { readOuterMtu, readRoutes } from './routes.ts';

export interface NetworkRequest {
  readonly name: string;
  /** Empty means `bridge`. */
  readonly driver: string;
  readonly internal: boolean;
  /** Of the addresses of its containers. */
  readonly families: readonly Family[];
  readonly labels: { readonly [name: string]: string };
  readonly subnets: readonly WantedSubnet[];
}

export interface CreatedNetwork {
  readonly id: string;
  readonly warnings: string[];
}

/**
 * Held while a subnet is chosen and until its bridge is in the kernel, where
 * others see it: engines with different roots share the host.
 */
export const hostLock = '/run/arcbox-ipam.lock';

/** Makes a network; on failure nothing is left. `keep` is called in the transaction by which others see it. */
export async function createNetwork(
  ground: Ground,
  request: NetworkRequest,
  signal: AbortSignal,
  keep: (created: CreatedNetwork) => void = () => {},
): Promise<CreatedNetwork> {
  checkRequest(request);
  await ground.settled();
  using _lock = await holdFile(hostLock, 'exclusive', signal);
  // Its name and its subnet may be those that are wanted.
  await discardUnfinished(ground);
  const routes = await readRoutes();
  const id = randomBytes(32).toString('hex');
  using _lease = await ground.store.leases.hold(`network/${id}`, signal);
  const { network, warnings } = record(ground, request, id, routes);
  try {
    if (request.families.includes(6)) enableForwarding6(ground.log);
    passOverIdle([network], routes);
    await ensureBridges([network], ground.tag);
    await ground.firewall.open(network);
    const created = { id, warnings: [...warnings, ...(await forwardingWarnings())] };
    signal.throwIfAborted();
    announce(ground, network, () => keep(created));
    return created;
  } catch (error) {
    await discard(ground, network);
    throw error;
  }
}

function checkRequest({ name, driver }: NetworkRequest): void {
  if (name === '') throw invalidArgument('network name is empty');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name)) {
    throw invalidArgument(`invalid network name ${name}: it must be at most 128 characters of [a-zA-Z0-9_.-], beginning with a letter or digit`);
  }
  // Containers take it for the network that they get without asking.
  if (name === 'default') throw invalidArgument('network name default is reserved');
  if (driver === 'host' || driver === 'null' || driver === 'none') {
    throw failedPrecondition(`only one network of driver ${driver} is allowed, and it exists`);
  }
  if (driver !== '' && driver !== 'bridge') throw invalidArgument(`unknown network driver: ${driver}`);
}

function record(
  { store, records, node }: Ground,
  request: NetworkRequest,
  id: string,
  routes: Awaited<ReturnType<typeof readRoutes>>,
): { network: Network; warnings: string[] } {
  return store.transaction(() => {
    const networks = records.networks.all();
    if (networks.some(({ name }) => name === request.name)) {
      throw alreadyExists(`network with name ${request.name} already exists`);
    }
    const { subnets, warnings } = planSubnets(request.subnets, request.families, {
      node,
      networks,
      routes,
      resolvers: hostResolvers([4, 6]).nameservers,
    });
    const network: Network = {
      id,
      name: request.name,
      driver: 'bridge',
      state: 'creating',
      announced: false,
      createdAt: timestamp(),
      node,
      predefined: false,
      internal: request.internal,
      labels: request.labels,
      link: bridgeName(id),
      mtu: readOuterMtu(),
      subnets,
    };
    records.networks.put(network);
    return { network, warnings };
  });
}

function announce({ store, records }: Ground, network: Network, keep: () => void): void {
  const ready: Network = { ...network, state: 'ready', announced: true };
  store.transaction(() => {
    records.networks.put(ready);
    store.outbox.append(networkEvent('create', ready));
    keep();
  });
}

/** RFC 3339 with nanoseconds. */
export function timestamp(): string {
  return new Date().toISOString().replace('Z', '000000Z');
}
