import { failedPrecondition, invalidArgument, resourceExhausted } from '@arcbox/errors';
import { type Address, type Cidr, containsAddress, formatAddress, lastOf, parseAddress, parseCidr } from './cidr.ts';
import type { Network, Subnet } from './network.ts';
import type { Records } from './records.ts';

/**
 * Takes an address of the subnet for a container: the wanted one, or the lowest
 * that is free. Call it in a transaction.
 */
export function takeAddress(
  records: Records,
  network: Network,
  subnet: Subnet,
  wanted: string,
  container: string,
): string {
  const address = wanted === '' ? lowestFree(records, network, subnet) : checkWanted(records, network, subnet, wanted);
  records.addresses.put({ id: `${network.id}/${address}`, container });
  return address;
}

/** `02:42:` and the IPv4 address, or the end of the IPv6 address: the same address always has the same MAC. */
export function macOf({ family, value }: Address): string {
  const bits = family === 4 ? value : value & 0xffff_ffffn;
  return `02:42:${[24n, 16n, 8n, 0n].map((shift) => ((bits >> shift) & 0xffn).toString(16).padStart(2, '0')).join(':')}`;
}

function lowestFree(records: Records, network: Network, subnet: Subnet): string {
  const whole = cidrOf(subnet.subnet);
  const range = subnet.range === '' ? whole : cidrOf(subnet.range);
  const taken = new Set(records.addressesOn(network.id).map(({ id }) => id.slice(network.id.length + 1)));
  for (let value = range.base; value <= lastOf(range); value++) {
    const address = formatAddress({ family: whole.family, value });
    if (isUsable(whole, value) && address !== subnet.gateway && !taken.has(address)) return address;
  }
  throw resourceExhausted(`network ${network.name} has no free address in ${subnet.range || subnet.subnet}`);
}

function checkWanted(records: Records, network: Network, subnet: Subnet, wanted: string): string {
  const parsed = parseAddress(wanted);
  if (!parsed) throw invalidArgument(`not an address: ${wanted}`);
  if (!subnet.chosen) {
    throw invalidArgument(`address ${wanted} cannot be chosen on network ${network.name}: it was made without a subnet of your own`);
  }
  const whole = cidrOf(subnet.subnet);
  const address = formatAddress(parsed);
  if (!containsAddress(whole, parsed) || !isUsable(whole, parsed.value)) {
    throw invalidArgument(`address ${address} is not one of ${subnet.subnet}, the subnet of network ${network.name}`);
  }
  if (address === subnet.gateway) {
    throw invalidArgument(`address ${address} is the gateway of network ${network.name}`);
  }
  const holder = records.addresses.get(`${network.id}/${address}`);
  if (!holder) return address;
  const name = records.sandboxes.get(holder.container)?.name ?? holder.container;
  throw failedPrecondition(`address ${address} of network ${network.name} is used by container ${name}`);
}

/** The first address names the subnet (in IPv6: any router in it); the last one of IPv4 is for broadcasts. */
function isUsable(subnet: Cidr, value: bigint): boolean {
  return value !== subnet.base && (subnet.family === 6 || value !== lastOf(subnet));
}

/** A CIDR that was checked when it was recorded. */
function cidrOf(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`the store holds a broken subnet: ${text}`);
  return cidr;
}
