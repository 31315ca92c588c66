import { isTrue, type Json, numberOf, objectOf, objectsOf, textOf, textsOf } from '../settings/json.ts';
import { withOwnWords } from '../settings/podman.ts';
import type { Source } from '../settings/source.ts';
import { type Docker, tagsOf } from '../source/docker.ts';

/** All that another engine has, as it tells it. */
export interface Inventory {
  readonly source: Source;
  /** With everything that is known of each. */
  readonly containers: readonly Json[];
  readonly images: readonly Json[];
  /** Further images, as they are listed: they have no name, and nobody uses them. */
  readonly strays: readonly Json[];
  readonly volumes: readonly Json[];
  readonly networks: readonly Json[];
}

/** Looks at another engine. Images without a name count when containers use them. */
export async function takeInventory(docker: Docker, signal: AbortSignal): Promise<Inventory> {
  const source = await docker.kind(signal);
  const containers = await containersOf(docker, source, signal);
  const used = new Set(containers.map(({ Image }) => textOf(Image)));
  const listed = await docker.images(signal);
  const named = listed.filter((image) => tagsOf(image).length > 0).map(({ Id }) => textOf(Id));
  const images: Json[] = [];
  for (const id of new Set([...named, ...used])) {
    const image = id === '' ? undefined : await docker.image(id, signal);
    if (image) images.push(image);
  }
  const ids = new Set(images.map(idOf));
  const strays = listed.filter((image) => tagsOf(image).length === 0 && !ids.has(idOf(image)));
  return { source, containers, images, strays, volumes: await docker.volumes(signal), networks: await docker.networks(signal) };
}

async function containersOf(docker: Docker, source: Source, signal: AbortSignal): Promise<Json[]> {
  const containers = await docker.containers(signal);
  if (source !== 'podman') return containers;
  return Array.fromAsync(containers, async (container) => withOwnWords(container, (await docker.inOwnWords(textOf(container['Id']), signal)) ?? {}));
}

export const idOf = ({ Id }: Json): string => {
  const id = textOf(Id);
  return /^[0-9a-f]{64}$/.test(id) ? `sha256:${id}` : id;
};

export const sizeOf = ({ Size }: Json): number => numberOf(Size);

export const diffIdsOf = (image: Json): string[] => textsOf(objectOf(image['RootFS'])['Layers']);

/** Removes itself when it is stopped: nothing of it would be left. */
export const isFleeting = (container: Json): boolean => isTrue(objectOf(container['HostConfig'])['AutoRemove']);

export function stateOf(container: Json): 'running' | 'paused' | 'stopped' {
  const state = objectOf(container['State']);
  if (isTrue(state['Paused'])) return 'paused';
  return isTrue(state['Running']) || isTrue(state['Restarting']) ? 'running' : 'stopped';
}

/** When it was started the last time, as it is told; nobody reads more in it than whether it is the same. */
export const startOf = (container: Json): string => textOf(objectOf(container['State'])['StartedAt']);

/** Volumes that a container has, and where. */
export function volumesOf(container: Json): { name: string; path: string }[] {
  const mounts = objectsOf(container['Mounts']).filter(({ Type }) => textOf(Type) === 'volume');
  return mounts.map(({ Name, Destination }) => ({ name: textOf(Name), path: textOf(Destination) }));
}

/** Paths in a container where something is mounted. */
export const mountPointsOf = (container: Json): string[] => objectsOf(container['Mounts']).map(({ Destination }) => textOf(Destination));

/** Host paths of its binds. */
export function bindsOf(container: Json): string[] {
  const mounts = objectsOf(container['Mounts']).filter(({ Type }) => textOf(Type) === 'bind');
  return mounts.map(({ Source: path }) => textOf(path));
}
