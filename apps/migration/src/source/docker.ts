import { isKind } from '@arcbox/errors';
import { type Json, isObject, objectOf, objectsOf, textOf, textsOf } from '../settings/json.ts';
import { type Source, sourceOf } from '../settings/source.ts';
import type { DockerClient } from './docker-client.ts';
import type { Listener } from './listener.ts';

/** A file of a container, as it was when somebody looked. */
export interface FileStat {
  /** Permission bits. */
  readonly mode: number;
  /** RFC 3339, with a fraction where the source knows one. */
  readonly modified: string;
}

/** How a container differs from its image. */
export interface FileChange {
  readonly kind: 'modified' | 'added' | 'deleted';
  /** Absolute. */
  readonly path: string;
}

const kinds = ['modified', 'added', 'deleted'] as const;

/** What is needed of another engine. Nothing here changes it but stop, start, pause, unpause and what `helper` makes for a moment. */
export class Docker implements AsyncDisposable {
  readonly #client: DockerClient;
  /** Whose it is. */
  readonly listener: Listener;

  constructor(client: DockerClient, listener: Listener) {
    this.#client = client;
    this.listener = listener;
  }

  async kind(signal: AbortSignal): Promise<Source> {
    return sourceOf(await this.#client.json<Json>({ path: '/version', signal }));
  }

  images(signal: AbortSignal): Promise<Json[]> {
    return this.#list('/images/json', { all: 'false', digests: 'true' }, signal);
  }

  /** Undefined when it is not there. */
  image(id: string, signal: AbortSignal): Promise<Json | undefined> {
    return this.#find(`/images/${encodeURIComponent(id)}/json`, signal);
  }

  async volumes(signal: AbortSignal): Promise<Json[]> {
    const { Volumes } = await this.#client.json<Json>({ path: '/volumes', signal });
    return objectsOf(Volumes);
  }

  networks(signal: AbortSignal): Promise<Json[]> {
    return this.#list('/networks', {}, signal);
  }

  /** All there are, with everything that is known of each. */
  async containers(signal: AbortSignal): Promise<Json[]> {
    const found: Json[] = [];
    for (const id of (await this.names(signal)).keys()) {
      const container = await this.container(id, signal);
      if (container) found.push(container);
    }
    return found;
  }

  container(id: string, signal: AbortSignal): Promise<Json | undefined> {
    return this.#find(`/containers/${id}/json`, signal);
  }

  /** The same in podman's own words, which say more; only podman understands. */
  inOwnWords(id: string, signal: AbortSignal): Promise<Json | undefined> {
    return this.#find(`/libpod/containers/${id}/json`, signal);
  }

  /** Full id to name of all containers. */
  async names(signal: AbortSignal): Promise<Map<string, string>> {
    const listed = await this.#list('/containers/json', { all: 'true' }, signal);
    return new Map(listed.map(({ Id, Names }) => [textOf(Id), textsOf(Names)[0]?.replace(/^\//, '') ?? textOf(Id)]));
  }

  /** Images in one archive, with the names that are asked for; what they share is in it once. */
  save(names: readonly string[], signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    return this.#client.stream({ path: '/images/get', query: { names }, signal, patience: 600_000 });
  }

  /** All files of a container, without what is mounted in it. */
  export(id: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    return this.#client.stream({ path: `/containers/${id}/export`, signal });
  }

  async changes(id: string, signal: AbortSignal): Promise<FileChange[]> {
    const changes = objectsOf(await this.#client.json({ path: `/containers/${id}/changes`, signal, patience: 600_000 }));
    return changes.map(({ Kind, Path }) => ({ kind: kinds[Number(Kind)] ?? 'modified', path: textOf(Path) }));
  }

  /** A directory of a container, what is mounted there included, as a tar archive. */
  archive(id: string, path: string, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    return this.#client.stream({ path: `/containers/${id}/archive`, query: { path: `${path}/.` }, signal });
  }

  async stat(id: string, path: string, signal: AbortSignal): Promise<FileStat> {
    const question = { path: `/containers/${id}/archive`, query: { path: `${path}/.` }, signal };
    const text = await this.#client.header(question, 'x-docker-container-path-stat');
    const stat: unknown = JSON.parse(Buffer.from(text, 'base64').toString() || '{}');
    if (!isObject(stat)) return { mode: 0, modified: '' };
    return { mode: Number(stat['mode']) & 0o777, modified: textOf(stat['mtime']) };
  }

  /** Success also when it does not run. */
  async stop(id: string, signal: AbortSignal): Promise<void> {
    // It decides itself how long it may take.
    await this.#client.text({ method: 'POST', path: `/containers/${id}/stop`, signal, patience: 600_000 });
  }

  async start(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.text({ method: 'POST', path: `/containers/${id}/start`, signal });
  }

  async pause(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.text({ method: 'POST', path: `/containers/${id}/pause`, signal });
  }

  async unpause(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.text({ method: 'POST', path: `/containers/${id}/unpause`, signal });
  }

  /** A container that is never started, with a volume at `/volume`, to read that; disposing removes it. */
  async helper(name: string, { volume, image }: { volume: string; image: string }, signal: AbortSignal): Promise<{ id: string } & AsyncDisposable> {
    const path = `/containers/${name}`;
    // Left by a worker that died.
    await this.#remove(path, signal);
    // Where the image wants volumes, none are made: they would stay behind.
    const wanted = Object.keys(objectOf(objectOf((await this.image(image, signal))?.['Config'])['Volumes']));
    const mounts = wanted.filter((path) => path !== '/volume').map((path) => ({ Type: 'tmpfs', Target: path }));
    const body = { Image: image, Cmd: ['true'], NetworkDisabled: true, HostConfig: { NetworkMode: 'none', Binds: [`${volume}:/volume:nocopy`], Mounts: mounts } };
    const { Id } = await this.#client.json<Json>({ method: 'POST', path: '/containers/create', query: { name }, body, signal });
    return { id: textOf(Id), [Symbol.asyncDispose]: () => this.#remove(path, AbortSignal.timeout(30_000)) };
  }

  async #remove(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.text({ method: 'DELETE', path, query: { force: 'true' }, signal });
    } catch (error) {
      if (!isKind(error, 'not-found')) throw error;
    }
  }

  async #list(path: string, query: { [name: string]: string }, signal: AbortSignal): Promise<Json[]> {
    return objectsOf(await this.#client.json({ path, query, signal }));
  }

  async #find(path: string, signal: AbortSignal): Promise<Json | undefined> {
    try {
      return await this.#client.json<Json>({ path, signal });
    } catch (error) {
      if (isKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}

/** Names of an image that are names. */
export const tagsOf = (image: Json): string[] => textsOf(image['RepoTags']).filter((tag) => !tag.includes('<none>'));
