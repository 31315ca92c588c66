import { deadlineExceeded } from '@arcbox/errors';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { ImagesDefinition } from '@arcbox/proto/containerkit/image';
import { type Clients, fromRpcError } from '@arcbox/rpc';
import { comingInTime } from '@arcbox/stream';
import { ask } from './ask.ts';
import type { RootMount } from '../record/config.ts';
import { deadlineIn } from './deadline.ts';
import { type ImageConfig, parseImageConfig } from '../create/image-config.ts';

export interface ResolvedImage {
  /** `sha256:…` */
  readonly id: string;
  readonly config: ImageConfig;
  /** Bytes of the unpacked layers. */
  readonly size: number;
}

/** An image that is to be made of a container. */
export interface ImageDraft {
  /** Empty for none. */
  readonly reference: string;
  readonly author: string;
  readonly message: string;
  readonly createdBy: string;
  /** Fields that replace those of the `config` of the container's image; null takes one away. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Dockerfile instructions, applied after that. */
  readonly changes: readonly string[];
}

/** What the images worker may need, milliseconds: for an image of a root, whose container is frozen or held meanwhile; for the next piece of an archive. */
const usualPatience = { commit: 15 * 60_000, piece: 60_000 };

/** What the images worker does for containers. */
export class Images {
  readonly #clients: Clients;
  readonly #patience: typeof usualPatience;

  constructor(clients: Clients, patience = usualPatience) {
    this.#clients = clients;
    this.#patience = patience;
  }

  /** Of a platform, os/arch[/variant]; empty is the host's. NOT_FOUND when it is not here. */
  async resolve(image: string, signal?: AbortSignal, platform = ''): Promise<ResolvedImage> {
    const store = await this.#clients.of(ImageStoreServiceDefinition);
    const { id, config, size } = await ask(store.resolve({ image, platform }, { signal, deadline: deadlineIn(10_000) }));
    return { id, config: parseImageConfig(config, image), size: Number(size) };
  }

  /** Mounts that make a writable root of an image at `path`. */
  async prepare(path: string, image: string): Promise<RootMount[]> {
    const roots = await this.#clients.of(ImagesDefinition);
    const { layers } = await ask(roots.prepare({ path, name: image }, { deadline: deadlineIn(60_000) }));
    return layers.map(({ type, source, target, options }) => ({ type, source, target, options }));
  }

  /** A tar archive of a prepared root. NOT_FOUND when there is none at `path`, ABORTED when it goes meanwhile. */
  async *exportRoot(path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const store = await this.#clients.of(ImageStoreServiceDefinition);
    const left = new AbortController();
    const pieces = store.exportRoot({ path }, { signal: AbortSignal.any([signal, left.signal]) });
    const late = (): Error => deadlineExceeded('the images worker does not go on with the archive');
    try {
      for await (const { data } of comingInTime(pieces, { milliseconds: this.#patience.piece, late })) yield data;
    } catch (error) {
      throw fromRpcError(error);
    } finally {
      left.abort();
    }
  }

  /** Makes an image of a prepared root as it is now; its id. FAILED_PRECONDITION when the image of the root was removed. */
  async commitRoot(path: string, image: ImageDraft, signal: AbortSignal): Promise<string> {
    const store = await this.#clients.of(ImageStoreServiceDefinition);
    const { reference, author, message, createdBy } = image;
    const config = Buffer.from(JSON.stringify(image.settings));
    const request = { path, reference, author, message, createdBy, config, changes: [...image.changes] };
    return (await ask(store.commitRoot(request, { signal, deadline: deadlineIn(this.#patience.commit) }))).id;
  }

  /** Gives a root up, with what was written to it. Twice is fine. */
  async cleanup(path: string): Promise<void> {
    const roots = await this.#clients.of(ImagesDefinition);
    await ask(roots.cleanup({ path }, { deadline: deadlineIn(60_000) }));
  }
}
