import { internal } from '@arcbox/errors';
import { type DeepPartial, type EndpointSpec, type Sandbox, SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { ask } from './ask.ts';
import type { KnownNetwork } from '../change/connect-network.ts';
import type { Container } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import type { KnownSandbox } from '../supervise/known-sandbox.ts';
import { deadlineIn } from './deadline.ts';
import { isRange, publishedPorts } from '../options/exposure.ts';
import { type Attachment, attachmentsOf } from '../options/networking.ts';

/** Milliseconds; Open sets rules of the kernel, which may wait for others who do. */
const patience = 20_000;

/** For each published port; a fraction of a millisecond where nobody else wants the CPU. */
const perPort = 10;

/** What the networks worker does for containers. */
export class Sandboxes {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** A network namespace for one start, on the container's networks, with its ports published. `userNamespace` is the path of its owner. */
  async open({ id, name, config }: Container, userNamespace?: string): Promise<Network> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const networks = attachmentsOf(config).map(toEndpointSpec);
    const dns = [...(config.networking?.dns ?? [])];
    const ports = publishedPorts(config);
    const [exact, portRanges] = [ports.filter((port) => !isRange(port)), ports.filter(isRange)];
    const { sandbox } = await ask(
      service.open(
        { containerId: id, containerName: name, networks, ports: exact, portRanges, dns, userNamespace },
        { deadline: deadlineIn(patience + ports.length * perPort) },
      ),
    );
    return toNetwork(sandbox);
  }

  /** Puts an open one on a further network. */
  async join(id: string, attachment: Attachment): Promise<Network> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const { sandbox } = await ask(
      service.join({ containerId: id, endpoint: toEndpointSpec(attachment) }, { deadline: deadlineIn(patience) }),
    );
    return toNetwork(sandbox);
  }

  /** Takes an open one off a network, named by id or name; undefined when it is not open. */
  async leave(id: string, network: string): Promise<Network | undefined> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const { sandbox } = await ask(service.leave({ containerId: id, network }, { deadline: deadlineIn(patience) }));
    return sandbox && toNetwork(sandbox);
  }

  /** Has others find the container by its new name. */
  async rename(id: string, name: string): Promise<void> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    await ask(service.rename({ containerId: id, containerName: name }, { deadline: deadlineIn(patience) }));
  }

  /** A network by id, name or unique prefix of an id. NOT_FOUND when there is none. */
  async lookUp(reference: string): Promise<KnownNetwork> {
    const service = await this.#clients.of(NetworkServiceDefinition);
    const { id, name, driver } = await ask(service.inspect({ id: reference }, { deadline: deadlineIn(patience) }));
    return { id, name, driver };
  }

  /** Addresses of the host that containers of every network reach: its own on the network `bridge`. */
  async hostGateways(): Promise<string[]> {
    const service = await this.#clients.of(NetworkServiceDefinition);
    const { ipam } = await ask(service.inspect({ id: 'bridge' }, { deadline: deadlineIn(patience) }));
    return (ipam?.subnets ?? []).map(({ gateway }) => gateway);
  }

  /** Gives everything back; what is not open is fine. */
  async close(id: string): Promise<void> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    await ask(service.close({ containerId: id }, { deadline: deadlineIn(patience) }));
  }

  /** All that are open. */
  async list(): Promise<KnownSandbox[]> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const { sandboxes } = await ask(service.list({}, { deadline: deadlineIn(patience) }));
    return sandboxes.map((sandbox) => ({ id: sandbox.containerId, name: sandbox.containerName, network: toNetwork(sandbox) }));
  }
}

function toEndpointSpec({ network, ipv4, ipv6, mac, aliases }: Attachment): DeepPartial<EndpointSpec> {
  return { network, ipv4Address: ipv4, ipv6Address: ipv6, macAddress: mac, aliases: [...aliases] };
}

function toNetwork(sandbox: Sandbox | undefined): Network {
  if (!sandbox) throw internal('the networks worker answered without a sandbox');
  return {
    netns: sandbox.netnsPath,
    endpoints: sandbox.endpoints.map((endpoint) => ({
      id: endpoint.id,
      networkId: endpoint.networkId,
      networkName: endpoint.networkName,
      ipv4: endpoint.ipv4Address,
      ipv6: endpoint.ipv6Address,
      gateway: endpoint.gateway,
      ipv6Gateway: endpoint.ipv6Gateway,
      mac: endpoint.macAddress,
    })),
    ports: sandbox.ports,
    nameservers: sandbox.nameservers,
    search: sandbox.search,
    dnsOptions: sandbox.dnsOptions,
  };
}
