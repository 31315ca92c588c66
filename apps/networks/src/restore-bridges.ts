import { messageOf } from '@arcbox/errors';
import { formatCidr, overlaps, parseCidr } from './cidr.ts';
import type { Ground } from './ground.ts';
import { passOverIdle } from './idle-bridges.ts';
import { ensureBridges, linkExists } from './links.ts';
import type { Network } from './network.ts';
import { planSubnets } from './plan-subnets.ts';
import { hostResolvers } from './resolvers.ts';
import { readRoutes, type Route } from './routes.ts';

/**
 * Puts the bridges back, after a reboot all of them. The caller holds the
 * host's lock. A network that cannot be had must not take the others with it.
 */
export async function restoreBridges(ground: Ground): Promise<void> {
  const missing = ground.records.bridges().filter(({ link }) => !linkExists(link));
  const routes = missing.length > 0 ? await readRoutes() : [];
  const lost = missing.filter((network) => isLost(ground, network, routes));
  const networks = ground.records.bridges().filter(({ id }) => !lost.some((network) => network.id === id));
  try {
    passOverIdle(networks, routes);
    await ensureBridges(networks, ground.tag);
  } catch (error) {
    ground.log.error({ error }, `cannot restore every bridge: ${messageOf(error)}`);
  }
}

/** Whether its addresses went to somebody else while this engine was not running, and no others could be found. */
function isLost(ground: Ground, network: Network, routes: readonly Route[]): boolean {
  const blocks = network.subnets.flatMap(({ subnet }) => parseCidr(subnet) ?? []);
  const taken = routes.find(({ destination, onLink, isIdle }) => onLink && !isIdle && blocks.some((block) => overlaps(block, destination)));
  if (!taken) return false;
  const reason = `the host has ${formatCidr(taken.destination)} on ${taken.device} now`;
  if (network.predefined && ground.records.members(network.id).length === 0) {
    move(ground, network, routes);
    ground.log.warn({ network: network.name }, `network ${network.name} gets another subnet: ${reason}`);
    return false;
  }
  ground.log.error({ network: network.name }, `network ${network.name} cannot be restored: ${reason}`);
  return true;
}

/** Nobody chose the addresses of a predefined network, and nobody has one: it may have others. */
function move({ records, store, node }: Ground, network: Network, routes: readonly Route[]): void {
  store.transaction(() => {
    const networks = records.networks.all().filter(({ id }) => id !== network.id);
    const around = { node, networks, routes, resolvers: hostResolvers([4, 6]).nameservers };
    records.networks.put({ ...network, subnets: planSubnets([], [4], around).subnets });
  });
}
