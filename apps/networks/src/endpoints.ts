import { randomBytes } from 'node:crypto';
import { invalidArgument } from '@arcbox/errors';
import { macOf, takeAddress } from './addresses.ts';
import { type Family, parseAddress, parseCidr } from './cidr.ts';
import type { Ground } from './ground.ts';
import { vethName } from './links.ts';
import { hasNames, type Network, subnetOf } from './network.ts';
import type { Records } from './records.ts';
import { hostResolvers } from './resolvers.ts';
import type { Endpoint, EndpointAddress, Join, Resolvers } from './sandbox.ts';

/** A place on a network, with addresses taken for it. Call it in a transaction. */
export function takeEndpoint(records: Records, network: Network, wanted: Join, device: string, container: string): Endpoint {
  checkWanted(network, wanted);
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

/** Names and addresses of one's own are for networks of one's own, as in other engines. */
function checkWanted(network: Network, { aliases, ipv4, ipv6 }: Join): void {
  if (hasNames(network)) return;
  if (aliases.length > 0) throw invalidArgument(`network ${network.name} has no aliases: make a network of your own for them`);
  const fixed = ipv4 || ipv6;
  if (fixed !== '') throw invalidArgument(`address ${fixed} cannot be chosen on network ${network.name}: make a network of your own for it`);
}

export function dropEndpoint(records: Records, { networkId, addresses }: Endpoint, container: string): void {
  for (const { address } of addresses) records.addresses.delete(`${networkId}/${address}`);
  records.addresses.delete(`${networkId}/${container}`);
}

/**
 * Whom a container asks for names. On a network with names its gateway answers,
 * and asks `dns` for the rest; elsewhere `dns` or the host's resolvers.
 */
export function resolversFor({ records }: Ground, all: readonly Endpoint[], dns: readonly string[]): Resolvers {
  const endpoints = all.filter(({ stage }) => stage !== 'leaving');
  const families: Family[] = [...new Set(endpoints.flatMap(({ addresses }) => addresses.map(({ family }) => family)))];
  if (families.length === 0) return { nameservers: dns, search: [], options: [] };
  const host = hostResolvers(families);
  const networks = endpoints.flatMap(({ networkId }) => records.networks.get(networkId) ?? []);
  const gateways = networks.filter(hasNames).flatMap((network) => (subnetOf(network, 4) ?? subnetOf(network, 6))?.gateway ?? []);
  if (gateways.length === 0) return { ...host, nameservers: dns.length > 0 ? dns : host.nameservers };
  return { nameservers: gateways, search: host.search, options: ['ndots:0'] };
}
