import { failedPrecondition } from '@arcbox/errors';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { type Clients, fromRpcError } from '@arcbox/rpc';
import type { ProgramRun, RunContainers, Write } from './build/run-containers.ts';

/** The containers worker makes, starts or removes a container within this; milliseconds. */
const patience = 60_000;

/** The containers worker, which runs programs of builds with everything that containers have. */
export class ContainersClient implements RunContainers {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async run(program: ProgramRun, write: Write, signal: AbortSignal): Promise<number> {
    try {
      const id = await this.#create(program, signal);
      const containers = await this.#clients.of(ContainerServiceDefinition);
      await containers.start({ id }, { signal, deadline: soon() });
      for await (const { stream, message } of containers.logs({ containerId: id, follow: true }, { signal })) {
        await write(stream === 'stderr' ? 'stderr' : 'stdout', Buffer.from(message));
      }
      const { statusCode, error } = await containers.wait({ id }, { signal, deadline: soon() });
      if (error !== '') throw failedPrecondition(`how the command ended is not known: ${error}`);
      return Number(statusCode);
    } catch (error) {
      signal.throwIfAborted();
      throw fromRpcError(error);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      const containers = await this.#clients.of(ContainerServiceDefinition);
      await containers.remove({ id: name, force: true, volumes: true }, { deadline: soon() });
    } catch (error) {
      throw fromRpcError(error);
    }
  }

  async #create({ rootfs, overlays, extraHosts, environmentFile, argv, network, ...rest }: ProgramRun, signal: AbortSignal): Promise<string> {
    const containers = await this.#clients.of(EngineContainerServiceDefinition);
    const container = { ...rest, entrypoint: [...argv], networkMode: network, mounts: [...rest.mounts] };
    const request = { container, internal: { rootfs, overlays: overlays.map(({ path, options }) => ({ path, options: [...options] })), extraHosts: { ...extraHosts }, environmentFile } };
    const { id } = await containers.create(request, { signal, deadline: soon() });
    return id;
  }
}

const soon = (): Date => new Date(Date.now() + patience);
