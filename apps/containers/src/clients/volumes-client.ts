import { EngineError, isKind } from '@arcbox/errors';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { processIdentity } from '@arcbox/store';
import { ask } from './ask.ts';
import { deadlineIn } from './deadline.ts';

export interface Volume {
  readonly name: string;
  /** Path of its content on the host. */
  readonly mountpoint: string;
}

/** A volume that there is to be; labels and options are those of one that is made for it. */
export interface VolumeWish {
  /** Empty for an anonymous one. */
  readonly name: string;
  readonly labels?: { readonly [name: string]: string } | undefined;
  readonly options?: { readonly [name: string]: string } | undefined;
}

const patience = 20_000;

/** A volume that is removed again and again is somebody's mistake. */
const mostAttempts = 5;

/** Label of an anonymous volume: the id of the container that it was made for. */
const ownerLabel = 'com.arcbox.container';

/** What the volumes worker does for containers. */
export class Volumes {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /**
   * The volume of this name, made if it is missing; without a name, an anonymous one
   * for the container `owner`. Until `release` it is claimed for that: nobody removes it.
   */
  async ensure(wanted: VolumeWish, owner: string): Promise<Volume> {
    for (let attempt = 1; ; attempt++) {
      const volume = await this.#make(wanted, owner);
      try {
        await this.claim(volume.name, owner);
        return volume;
      } catch (error) {
        // Somebody has removed it just now.
        if (!isKind(error, 'not-found') || attempt === mostAttempts) throw error;
      }
    }
  }

  /** Gives up what keeps volumes for a container that has its record, or runs, or that will not. */
  async release(owner: string): Promise<void> {
    const service = await this.#clients.of(EngineVolumeServiceDefinition);
    await ask(service.release({ owner }, { deadline: deadlineIn(patience) }));
  }

  /** Keeps the volume as it is, and where it is, until `release`. */
  async claim(name: string, owner: string): Promise<void> {
    const service = await this.#clients.of(EngineVolumeServiceDefinition);
    await ask(service.claim({ name, owner, holder: processIdentity() ?? '' }, { deadline: deadlineIn(patience) }));
  }

  async #make({ name, labels = {}, options: driverOpts = {} }: VolumeWish, owner: string): Promise<Volume> {
    try {
      const service = await this.#clients.of(VolumeServiceDefinition);
      return await ask(service.create({ name, driverOpts, labels: name === '' ? { ...labels, [ownerLabel]: owner } : labels }, { deadline: deadlineIn(patience) }));
    } catch (error) {
      // It was made with options of its own, like a tmpfs: it is used as it is.
      if (isKind(error, 'already-exists')) return this.#find(name);
      throw explain(error, name);
    }
  }

  /** Deletes the anonymous volumes that were made for a container which never came to be. */
  async removeOwned(owner: string): Promise<void> {
    await this.release(owner);
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
