import { type NetworkInfo, NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { Metadata } from 'nice-grpc-common';
import type { UserNetworkOrder } from '../settings/network.ts';
import { toNetworkRequest, withoutIPv4Option } from '../settings/order-wire.ts';
import { ask, find, soon } from './ask.ts';

export interface LocalNetwork {
  readonly id: string;
  /** What would make it again. */
  readonly order: UserNetworkOrder;
}

/** The networks of this engine. */
export class Networks {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async find(name: string, signal: AbortSignal): Promise<LocalNetwork | undefined> {
    const networks = await this.#clients.of(NetworkServiceDefinition);
    const found = await find(networks.inspect({ id: name }, soon(signal)));
    // An id that begins like that is another.
    return found?.name === name ? { id: found.id, order: orderOf(found) } : undefined;
  }

  async all(signal: AbortSignal): Promise<LocalNetwork[]> {
    const networks = await this.#clients.of(NetworkServiceDefinition);
    const { networks: listed } = await ask(networks.list({}, soon(signal)));
    const found = await Promise.all(listed.map(({ name }) => this.find(name, signal)));
    return found.filter((one) => one !== undefined);
  }

  /** The same key makes it once: its id, and what this host cannot do although it was asked for. */
  async create(order: UserNetworkOrder, key: string, signal: AbortSignal): Promise<{ id: string; warnings: readonly string[] }> {
    const networks = await this.#clients.of(NetworkServiceDefinition);
    return ask(networks.create(toNetworkRequest(order), { ...soon(signal), metadata: Metadata({ 'x-idempotency-key': key }) }));
  }

  /** One that is not there is fine; FAILED_PRECONDITION names who is on it. */
  async remove(id: string, signal: AbortSignal): Promise<void> {
    const networks = await this.#clients.of(NetworkServiceDefinition);
    await find(networks.remove({ id }, soon(signal)));
  }
}

function orderOf({ name, internal, labels, ipam }: NetworkInfo): UserNetworkOrder {
  const subnets = (ipam?.subnets ?? []).map(({ subnet, gateway, ipRange }) => ({ subnet, gateway, range: ipRange }));
  const withoutIPv4 = Object.entries(withoutIPv4Option).every(([option, value]) => ipam?.options[option] === value);
  const ipv6 = subnets.some(({ subnet }) => subnet.includes(':'));
  return { name, internal, labels, ipv6, ...(withoutIPv4 ? { withoutIPv4 } : {}), subnets };
}
