import type { Family } from './cidr.ts';

/** `null` is the driver of the network `none`, as everywhere. */
export type Driver = 'bridge' | 'host' | 'null';

/** One range of addresses of a network. All in the notation of `formatCidr` and `formatAddress`. */
export interface Subnet {
  readonly family: Family;
  readonly subnet: string;
  /** The host's address on the bridge. */
  readonly gateway: string;
  /** Part of the subnet to take addresses from; empty means all of it. */
  readonly range: string;
  /** Somebody has chosen it: only then can containers choose their addresses in it. */
  readonly chosen?: boolean;
}

/**
 * A network as it is kept.
 *
 *     creating ──▶ ready ──▶ removing ──▶ (gone)
 *        └──────────────────────▲
 *
 * Only `ready` ones are shown. What a crash leaves in the other states is
 * removed at the next start.
 */
export interface Network {
  /** 64 hex characters. */
  readonly id: string;
  readonly name: string;
  readonly driver: Driver;
  readonly state: 'creating' | 'ready' | 'removing';
  /** The world was told of it, and must be told when it goes. */
  readonly announced: boolean;
  /** RFC 3339 with nanoseconds. */
  readonly createdAt: string;
  /** Id of the node it lives on. */
  readonly node: string;
  /** One of `bridge`, `host`, `none`. */
  readonly predefined: boolean;
  /** It has no way out. */
  readonly internal: boolean;
  readonly labels: { readonly [name: string]: string };
  /** The bridge; empty for `host` and `none`. */
  readonly link: string;
  /** Of the bridge and of every interface on it, in bytes. */
  readonly mtu: number;
  /** At most one of a family. */
  readonly subnets: readonly Subnet[];
}

export function subnetOf(network: Network, family: Family): Subnet | undefined {
  return network.subnets.find((subnet) => subnet.family === family);
}

/** Whether containers on it find each other by name. On the network `bridge` they never did, in any engine. */
export function hasNames(network: Network): boolean {
  return network.driver === 'bridge' && !network.predefined;
}
