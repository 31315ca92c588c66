import { ContainerServiceDefinition, type ContainerSummary } from '@arcbox/proto/arcbox/v1/container';
import { type Clients, fromRpcError } from '@arcbox/rpc';
import type { VolumeUsers } from './remove.ts';

const patience = 5_000;

/** Asks the containers worker who uses what. */
export class ContainersClient implements VolumeUsers {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async usersOf(volume: string, signal: AbortSignal): Promise<string[]> {
    return (await this.#list(volume, signal)).map(nameOf);
  }

  async idsUsing(volume: string, signal: AbortSignal): Promise<string[]> {
    return (await this.#list(volume, signal)).map(({ id }) => id);
  }

  async runningWith(volume: string, signal: AbortSignal): Promise<string[]> {
    const users = await this.#list(volume, signal);
    return users.filter(({ state }) => ['running', 'paused', 'restarting'].includes(state)).map(nameOf);
  }

  async #list(volume: string, signal: AbortSignal): Promise<ContainerSummary[]> {
    const stub = await this.#clients.of(ContainerServiceDefinition);
    const filters = JSON.stringify({ volume: [volume] });
    try {
      const { containers } = await stub.list({ all: true, filters }, { signal, deadline: new Date(Date.now() + patience) });
      // One that is being removed has let go of its volumes, and its anonymous ones go while it is still listed.
      return containers.filter(({ state }) => state !== 'removing');
    } catch (error) {
      throw fromRpcError(error);
    }
  }
}

const nameOf = ({ id, names }: ContainerSummary): string => names[0]?.replace(/^\//, '') || id.slice(0, 12);
