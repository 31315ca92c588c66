import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Clients } from '@arcbox/rpc';
import { toVolumeRequest } from '../settings/order-wire.ts';
import type { VolumeOrder } from '../settings/volume.ts';
import { ask, atLength, find, soon } from './ask.ts';
import { pieces, uploadOf } from './upload.ts';

export interface LocalVolume {
  /** RFC 3339; goes with the content when volumes are exchanged. */
  readonly created: string;
  readonly options: { readonly [name: string]: string };
  readonly labels: { readonly [name: string]: string };
}

/** The volumes of this engine. */
export class Volumes {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  async find(name: string, signal: AbortSignal): Promise<LocalVolume | undefined> {
    const volumes = await this.#clients.of(VolumeServiceDefinition);
    return find(volumes.inspect({ name }, soon(signal)));
  }

  /** Success when it is there with the same options; ALREADY_EXISTS with others. */
  async create(order: VolumeOrder, signal: AbortSignal): Promise<void> {
    const volumes = await this.#clients.of(VolumeServiceDefinition);
    await ask(volumes.create(toVolumeRequest(order), soon(signal)));
  }

  /** What it holds becomes what the archive holds. */
  async fill(name: string, archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
    const volumes = await this.#clients.of(EngineVolumeServiceDefinition);
    await ask(volumes.restore(uploadOf({ name, replace: true }, archive), atLength(signal)));
  }

  /** What it holds, as a tar archive. */
  async read(name: string, signal: AbortSignal): Promise<AsyncGenerator<Buffer, void, undefined>> {
    const volumes = await this.#clients.of(EngineVolumeServiceDefinition);
    return pieces(volumes.backup({ name }, atLength(signal))[Symbol.asyncIterator]());
  }

  /** Nothing breaks it off: whoever undoes it has to see whether it has happened. */
  async exchange(first: string, second: string): Promise<void> {
    const volumes = await this.#clients.of(EngineVolumeServiceDefinition);
    await ask(volumes.exchange({ first, second }, soon()));
  }

  /** One that is not there is fine. */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const volumes = await this.#clients.of(VolumeServiceDefinition);
    await ask(volumes.remove({ name, force: true }, { signal, deadline: new Date(Date.now() + 1_800_000) }));
  }
}
