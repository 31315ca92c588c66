import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { parseReference } from '@arcbox/reference';
import type { Clients } from '@arcbox/rpc';
import { ask, atLength, find, soon } from './ask.ts';
import { uploadOf } from './upload.ts';

export interface LocalImage {
  readonly id: string;
  /** Familiar form. */
  readonly tags: readonly string[];
  readonly diffIds: readonly string[];
}

/** The images of this engine. */
export class Images {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** By id or name; undefined when it is not here. */
  async find(reference: string, signal: AbortSignal): Promise<LocalImage | undefined> {
    const images = await this.#clients.of(ImageServiceDefinition);
    const found = await find(images.inspect({ id: reference }, soon(signal)));
    return found && { id: found.id, tags: found.repoTags, diffIds: found.rootFs?.layers ?? [] };
  }

  /** Ids of all that are here. */
  async ids(signal: AbortSignal): Promise<string[]> {
    const images = await this.#clients.of(ImageServiceDefinition);
    const { images: all } = await ask(images.list({ all: true }, soon(signal)));
    return all.map(({ id }) => id);
  }

  /** Ids of the images of an archive, in its order. They are all here, or none is. */
  async import(archive: AsyncIterable<Buffer>, signal: AbortSignal): Promise<{ id: string; names: readonly string[] }[]> {
    const store = await this.#clients.of(ImageStoreServiceDefinition);
    const { images } = await ask(store.import(uploadOf({ data: Buffer.alloc(0) }, archive), atLength(signal)));
    return images;
  }

  /** Moves the name when another image has it. */
  async tag(id: string, name: string, signal: AbortSignal): Promise<void> {
    const { domain, path, tag = 'latest' } = parseReference(name);
    const images = await this.#clients.of(ImageServiceDefinition);
    await ask(images.tag({ source: id, repo: `${domain}/${path}`, tag }, soon(signal)));
  }

  /** A name, and the image with its last one, or by id one without names. One that is not here is fine. FAILED_PRECONDITION when containers use it. */
  async remove(reference: string, signal: AbortSignal): Promise<void> {
    const images = await this.#clients.of(ImageServiceDefinition);
    await find(images.remove({ id: reference }, { signal, deadline: new Date(Date.now() + 600_000) }));
  }
}
