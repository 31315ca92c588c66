import { internal } from '@arcbox/errors';
import { type Sandbox, SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import type { Clients } from '@arcbox/rpc';
import { ask } from './ask.ts';
import type { Container, Network } from './container.ts';
import { deadlineIn } from './deadline.ts';

/** Milliseconds; Open sets rules of the kernel, which may wait for others who do. */
const patience = 20_000;

/** What the networks worker does for containers. */
export class Sandboxes {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** A network namespace for one start, connected to `network`, with the container's ports published. */
  async open({ id, name, config }: Container, network: string): Promise<Network> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const { sandbox } = await ask(
      service.open(
        { containerId: id, containerName: name, networks: [{ network }], ports: [...config.ports] },
        { deadline: deadlineIn(patience) },
      ),
    );
    if (!sandbox) throw internal('the networks worker answered without a sandbox');
    return toNetwork(sandbox);
  }

  /** Gives everything back; what is not open is fine. */
  async close(id: string): Promise<void> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    await ask(service.close({ containerId: id }, { deadline: deadlineIn(patience) }));
  }

  /** Ids of the containers that have a sandbox. */
  async list(): Promise<string[]> {
    const service = await this.#clients.of(SandboxServiceDefinition);
    const { sandboxes } = await ask(service.list({}, { deadline: deadlineIn(patience) }));
    return sandboxes.map(({ containerId }) => containerId);
  }
}

function toNetwork(sandbox: Sandbox): Network {
  return {
    netns: sandbox.netnsPath,
    endpoints: sandbox.endpoints.map((endpoint) => ({
      id: endpoint.id,
      networkId: endpoint.networkId,
      networkName: endpoint.networkName,
      ipv4: endpoint.ipv4Address,
      ipv6: endpoint.ipv6Address,
      gateway: endpoint.gateway,
      mac: endpoint.macAddress,
    })),
    ports: sandbox.ports,
    nameservers: sandbox.nameservers,
    search: sandbox.search,
    dnsOptions: sandbox.dnsOptions,
  };
}
