import type { Collection, Store } from '@arcbox/store';
import type { Family } from './cidr.ts';
import type { Network } from './network.ts';
import type { Protocol, Sandbox } from './sandbox.ts';

/** An address that is taken: id `<network id>/<address>`. */
export interface AddressRecord {
  readonly id: string;
  /** Container id; empty for the gateway. */
  readonly container: string;
}

/** A host port that is published: id `tcp/8080/<host address or *>`. */
export interface PortRecord {
  readonly id: string;
  readonly hostIp: string;
  readonly container: string;
  readonly containerName: string;
}

export interface NameSocket {
  readonly protocol: Protocol;
  readonly family: Family;
  readonly descriptor: number;
}

/** Who holds the sockets of a network's name server: id is the network's. */
export interface NameServerRecord {
  readonly id: string;
  /** As `processIdentity` names it. */
  readonly holder: string;
  /** The sockets by their numbers there. */
  readonly sockets: readonly NameSocket[];
}

/** More than any network or port has. */
const everything = 1_000_000;

/** What the networks worker remembers. */
export class Records {
  readonly networks: Collection<Network>;
  readonly sandboxes: Collection<Sandbox>;
  readonly addresses: Collection<AddressRecord>;
  readonly ports: Collection<PortRecord>;
  readonly nameServers: Collection<NameServerRecord>;

  constructor(store: Store) {
    this.networks = store.collection<Network>('networks', { unique: { name: '$.name' } });
    this.sandboxes = store.collection<Sandbox>('sandboxes', { indexes: { relayed: '$.relays[0].protocol' } });
    this.addresses = store.collection<AddressRecord>('addresses');
    this.ports = store.collection<PortRecord>('ports');
    this.nameServers = store.collection<NameServerRecord>('name_servers');
  }

  addressesOn(networkId: string): AddressRecord[] {
    return this.addresses.findByPrefix(`${networkId}/`, everything);
  }

  /** Holders of one port number, whatever the host address. */
  holdersOf(protocol: string, port: number): PortRecord[] {
    return this.ports.findByPrefix(`${protocol}/${port}/`, everything);
  }

  portsOf(protocol: string): PortRecord[] {
    return this.ports.findByPrefix(`${protocol}/`, everything);
  }

  hasMembers(networkId: string): boolean {
    return this.addressesOn(networkId).some(({ container }) => container !== '');
  }

  /** Sandboxes with an endpoint on the network, those that come and go included. */
  members(networkId: string): Sandbox[] {
    const ids = new Set(this.addressesOn(networkId).map(({ container }) => container));
    ids.delete('');
    return [...ids].flatMap((id) => this.sandboxes.get(id) ?? []);
  }

  /** Sandboxes with ports that the worker passes on itself. */
  relayed(): Sandbox[] {
    return ['tcp', 'udp'].flatMap((protocol) => this.sandboxes.findBy('relayed', protocol));
  }

  /** Bridges that are, or are about to be, in the kernel. */
  bridges(): Network[] {
    return this.networks.all().filter(({ driver, state }) => driver === 'bridge' && state !== 'removing');
  }
}
