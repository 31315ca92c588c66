import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import {
  type Address,
  type Cidr,
  containsAddress,
  containsCidr,
  type Family,
  formatAddress,
  formatCidr,
  lastOf,
  overlaps,
  parseAddress,
  parseCidr,
} from './cidr.ts';
import type { Network, Subnet } from './network.ts';
import type { Route } from './routes.ts';
import { chooseSubnet } from './subnet-pool.ts';

/** A subnet as a client asks for it; empty strings leave the choice to the engine. */
export interface WantedSubnet {
  readonly subnet: string;
  readonly gateway: string;
  readonly range: string;
}

/** What the new network must keep clear of. */
export interface Surroundings {
  readonly node: string;
  readonly networks: readonly Network[];
  readonly routes: readonly Route[];
  /** Addresses of the host's resolvers: a network over one would cut it off, also where only a default route leads to it. */
  readonly resolvers: readonly string[];
}

/** Longest prefixes that leave room for a gateway and a container. */
const longest = { 4: 30, 6: 126 } as const;

/**
 * Blocks that no network can have: this network, loopback, multicast and above; in
 * IPv6 those of special meaning (loopback and IPv4 in disguise), of single links, and
 * multicast.
 */
const reserved = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/8', 'fe80::/10', 'ff00::/8'].flatMap((text) => parseCidr(text) ?? []);

/** Decides the subnets of a new network: one of each of these families. */
export function planSubnets(
  wanted: readonly WantedSubnet[],
  families: readonly Family[],
  around: Surroundings,
): { subnets: Subnet[]; warnings: string[] } {
  const checked = wanted.map(checkSubnet);
  for (const family of [4, 6] as const) {
    const same = checked.filter(({ cidr }) => cidr.family === family);
    if (same.length > 1) throw invalidArgument(`a network has one IPv${family} subnet: ${same.map(({ subnet }) => subnet.subnet).join(', ')}`);
  }
  const stray = checked.find(({ cidr }) => !families.includes(cidr.family));
  if (stray?.cidr.family === 6) throw invalidArgument(`subnet ${stray.subnet.subnet} needs enable_ipv6`);
  if (stray) throw invalidArgument(`subnet ${stray.subnet.subnet} cannot be on a network without IPv4`);
  const warnings = checked.flatMap(({ cidr }) => checkClear(cidr, around));
  const subnets = families.map(
    (family) => checked.find(({ cidr }) => cidr.family === family)?.subnet ?? freeSubnet(family, around),
  );
  return { subnets, warnings };
}

function checkSubnet({ subnet, gateway, range }: WantedSubnet): { cidr: Cidr; subnet: Subnet } {
  const cidr = parseCidr(subnet);
  if (!cidr) throw invalidArgument(subnet === '' ? 'subnet is empty' : `not a subnet: ${subnet}`);
  const shown = formatCidr(cidr);
  if (cidr.base !== parseAddress(subnet.split('/')[0] ?? '')?.value) {
    throw invalidArgument(`invalid subnet ${subnet}: it should be ${shown}`);
  }
  if (cidr.prefix > longest[cidr.family]) throw invalidArgument(`subnet ${shown} has no room for containers`);
  if (cidr.prefix < 8 || reserved.some((block) => overlaps(block, cidr))) {
    throw invalidArgument(`subnet ${shown} cannot be used for a network`);
  }
  return {
    cidr,
    subnet: {
      family: cidr.family,
      subnet: shown,
      gateway: gateway === '' ? firstOf(cidr) : checkGateway(cidr, gateway),
      range: range === '' ? '' : checkRange(cidr, range),
      chosen: true,
    },
  };
}

function checkGateway(cidr: Cidr, gateway: string): string {
  const address = parseAddress(gateway);
  if (!address) throw invalidArgument(`gateway is not an address: ${gateway}`);
  if (!containsAddress(cidr, address) || isReservedIn(cidr, address)) {
    throw invalidArgument(`gateway ${gateway} is not an address of subnet ${formatCidr(cidr)}`);
  }
  return formatAddress(address);
}

function checkRange(cidr: Cidr, text: string): string {
  const range = parseCidr(text);
  if (!range) throw invalidArgument(`ip_range is not a subnet: ${text}`);
  if (!containsCidr(cidr, range)) throw invalidArgument(`ip_range ${text} is not inside subnet ${formatCidr(cidr)}`);
  return formatCidr(range);
}

function isReservedIn(cidr: Cidr, { value }: Address): boolean {
  return value === cidr.base || (cidr.family === 4 && value === lastOf(cidr));
}

/** Refuses what cannot work and returns warnings about what may not. */
function checkClear(cidr: Cidr, { networks, routes }: Surroundings): string[] {
  const shown = formatCidr(cidr);
  for (const network of networks) {
    const other = network.subnets.find(({ subnet }) => overlaps(parsed(subnet), cidr));
    if (other) throw failedPrecondition(`subnet ${shown} overlaps ${other.subnet} of network ${network.name}`);
  }
  const all = routes.filter(({ destination }) => overlaps(destination, cidr));
  const met = all.filter(({ isIdle }) => !isIdle);
  // A block of a device of the host that lies inside would be cut off from it, or cut off from us.
  const inside = met.find(({ destination, onLink }) => onLink && containsCidr(cidr, destination));
  if (inside) {
    throw failedPrecondition(`subnet ${shown} overlaps ${formatCidr(inside.destination)}, which this host has on ${inside.device}`);
  }
  const idle = new Set(all.filter(({ isIdle }) => isIdle).map(({ device }) => device));
  return [
    ...met.map(
      ({ destination, device }) =>
        `subnet ${shown} overlaps the route of this host to ${formatCidr(destination)} by ${device}: the host no longer reaches that part of it`,
    ),
    ...[...idle].map((device) => `subnet ${shown} is also that of ${device}, a bridge of another engine: nobody can be on both at once`),
  ];
}

function freeSubnet(family: Family, { node, networks, routes, resolvers }: Surroundings): Subnet {
  const taken = networks.flatMap(({ subnets }) => subnets.map(({ subnet }) => parsed(subnet)));
  const servers = resolvers.flatMap((server) => parseCidr(`${server}/${server.includes(':') ? 128 : 32}`) ?? []);
  const cidr = chooseSubnet(family, [...taken, ...servers, ...routes.map(({ destination }) => destination)], node);
  return { family, subnet: formatCidr(cidr), gateway: firstOf(cidr), range: '' };
}

function firstOf({ family, base }: Cidr): string {
  return formatAddress({ family, value: base + 1n });
}

/** A CIDR that was checked when it was recorded. */
function parsed(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`the store holds a broken subnet: ${text}`);
  return cidr;
}
