import { EngineError, isKind } from '@arcbox/errors';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { ask } from './ask.ts';
import { deadlineIn } from './deadline.ts';

export interface Volume {
  readonly name: string;
  /** Path of its content on the host. */
  readonly mountpoint: string;
}

const patience = 20_000;

/** Label of an anonymous volume: the id of the container that it was made for. */
const ownerLabel = 'com.arcbox.container';

/** What the volumes worker does for containers. */
export class Volumes {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** The volume of this name, made if it is missing; without a name, an anonymous one for the container `owner`. */
  async ensure(name: string, owner: string): Promise<Volume> {
    try {
      const service = await this.#clients.of(VolumeServiceDefinition);
      return await ask(service.create({ name, labels: name === '' ? { [ownerLabel]: owner } : {} }, { deadline: deadlineIn(patience) }));
    } catch (error) {
      // It was made with options of its own, like a tmpfs: it is used as it is.
      if (isKind(error, 'already-exists')) return this.#find(name);
      throw explain(error, name);
    }
  }

  /** Deletes the anonymous volumes that were made for a container which never came to be. */
  async removeOwned(owner: string): Promise<void> {
    const service = await this.#clients.of(VolumeServiceDefinition);
    const filters = { label: `${ownerLabel}=${owner}` };
    const { volumes } = await ask(service.list({ filters }, { deadline: deadlineIn(patience) }));
    for (const { name } of volumes) await this.remove(name);
  }

  async #find(name: string): Promise<Volume> {
    const service = await this.#clients.of(VolumeServiceDefinition);
    return ask(service.inspect({ name }, { deadline: deadlineIn(patience) }));
  }

  /** Deletes a volume; one that is not there is fine. */
  async remove(name: string): Promise<void> {
    const service = await this.#clients.of(VolumeServiceDefinition);
    await ask(service.remove({ name, force: true }, { deadline: deadlineIn(patience) }));
  }
}

function explain(error: unknown, name: string): unknown {
  if (!isKind(error, 'unimplemented', 'unavailable')) return error;
  const what = name === '' ? 'an anonymous volume' : `volume ${name}`;
  return new EngineError(error.kind, `${what} cannot be made: ${error.message}`, { cause: error });
}
