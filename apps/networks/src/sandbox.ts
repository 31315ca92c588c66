import type { Family } from './cidr.ts';

/** A container's place on one network. */
export interface Endpoint {
  /** 64 hex characters. */
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  /** `bridge` or `null`. */
  readonly driver: string;
  /** Interface in the container: `eth0`. */
  readonly device: string;
  /** Its other end on the host, a port of the network's bridge. */
  readonly link: string;
  readonly mac: string;
  /** At most one of a family. */
  readonly addresses: readonly EndpointAddress[];
  readonly aliases: readonly string[];
  /** While it is plugged into, or taken off, an open sandbox: nothing leads to it. A crash leaves it so. */
  readonly stage?: 'joining' | 'leaving';
}

export interface EndpointAddress {
  readonly family: Family;
  /** Without prefix length. */
  readonly address: string;
  readonly prefix: number;
  /** Empty on an internal network. */
  readonly gateway: string;
}

export type Protocol = 'tcp' | 'udp';

export interface Port {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** In a request, 0 takes a free one. */
  readonly hostPort: number;
  /** In a request: the first that is free from `hostPort` to here. */
  readonly lastHostPort?: number;
  /** Host address; empty means every one. */
  readonly hostIp: string;
}

/** One network to join. Empty strings leave the choice to the engine. */
export interface Join {
  /** Network id or name. */
  readonly network: string;
  readonly aliases: readonly string[];
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
}

/** What a container asks for. */
export interface SandboxRequest {
  readonly containerId: string;
  readonly containerName: string;
  /** Empty: loopback only. */
  readonly joins: readonly Join[];
  readonly ports: readonly Port[];
  /** Name servers for names outside; none means the host's. */
  readonly dns: readonly string[];
  /** Path of the user namespace that owns it; empty for the host's. */
  readonly userNamespace: string;
}

/** Content for a container's resolv.conf. */
export interface Resolvers {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/**
 * The network namespace of one container, as it is kept.
 *
 *     opening ──▶ open ──▶ closing ──▶ (gone)
 *        └───────────────────▲
 *
 * The record is written before the kernel is changed and goes after it has been
 * changed back, so that a crash leaves nothing that nobody knows of.
 */
export interface Sandbox extends Resolvers {
  /** Full container id. */
  readonly id: string;
  readonly name: string;
  readonly state: 'opening' | 'open' | 'closing';
  /** The world was told that it is connected, and must be told when it no longer is. */
  readonly connected: boolean;
  /** Digest of the request, to tell a repetition from a contradiction. */
  readonly request: string;
  /** Path of the namespace. */
  readonly netns: string;
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly Port[];
  /** Process that holds the sockets of the ports, as `processIdentity` names it; undefined without ports. */
  readonly holder?: string;
  /** Sockets of the holder whose traffic the worker passes on itself. */
  readonly relays?: readonly Relay[];
  /** As in the request. */
  readonly dns?: readonly string[];
  /** Routes, and the name that its interfaces show, may still be those of before: a crash leaves it so. */
  readonly unfinished?: true;
}

/** A published port in IPv6, for what the firewall cannot lead to the container. */
export interface Relay {
  readonly protocol: Protocol;
  readonly containerPort: number;
  /** Number of the socket in the process that holds it. */
  readonly descriptor: number;
}

/** Where published ports of a family lead and its default route comes from: the first endpoint with a way out. */
export function outerEndpoint(endpoints: readonly Endpoint[], family: Family): Endpoint | undefined {
  return endpoints.find((endpoint) => !endpoint.stage && (addressOf(endpoint, family)?.gateway ?? '') !== '');
}

/** Families in which the container has a way out, and can be reached from outside. */
export function familiesReached(endpoints: readonly Endpoint[]): Family[] {
  return ([4, 6] as const).filter((family) => outerEndpoint(endpoints, family));
}

/** Its address there. */
export function outerAddress(endpoints: readonly Endpoint[], family: Family): EndpointAddress | undefined {
  return addressOf(outerEndpoint(endpoints, family), family);
}

export function addressOf(endpoint: Endpoint | undefined, family: Family): EndpointAddress | undefined {
  return endpoint?.addresses.find((address) => address.family === family);
}
