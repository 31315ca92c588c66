import type { UserNetworkOrder } from '../settings/network.ts';

/** Whether a network that is here is what is asked for: it can be used as it is. */
export function isSameNetwork(present: UserNetworkOrder, wanted: UserNetworkOrder): boolean {
  return text(present) === text(wanted);
}

const text = ({ internal, ipv6, withoutIPv4, labels, subnets }: UserNetworkOrder): string =>
  JSON.stringify([internal, ipv6, withoutIPv4 ?? false, Object.entries(labels).sort(), subnets.map(({ subnet, gateway, range }) => [subnet, gateway, range]).sort()]);
