import { familiar } from './familiar.ts';
import { sharedWith, toIsolation } from './isolation.ts';
import { isSet, type Json, objectOf, textOf, textsOf } from './json.ts';
import { toLimits, toLog } from './limits.ts';
import { toMounts, toTmpfs } from './mounts.ts';
import { toNetworking } from './networking.ts';
import type { ContainerOrder } from './order.ts';
import { toProcess } from './process.ts';
import { findName, nameOfContainer, type Surroundings } from './surroundings.ts';
import { uncarried } from './uncarried.ts';

/** Answer of `GET /containers/{id}/json`. One that runs tells more than one that does not: ask before it is stopped. */
export type DockerContainer = Json;

/** Answer of `GET /images/{id}/json`. */
export type DockerImage = Json;

export interface MappedContainer {
  readonly order: ContainerOrder;
  /** Names of containers that have to be there before this one can be made: it shares a namespace or volumes with them. */
  readonly needs: readonly string[];
  /** What cannot be carried, in words. */
  readonly lost: readonly string[];
}

/** A container of the source in the terms of this engine; `image` is that of its `Image`, undefined when it is not there. */
export function toCreateOrder(container: DockerContainer, image: DockerImage | undefined, surroundings: Surroundings): MappedContainer {
  const lost = uncarried(container);
  const nameOf = (reference: string): string => findName(surroundings.containers, reference);
  const network = toNetworking(container, surroundings, nameOf, lost);
  const isolation = toIsolation(container, nameOf, lost);
  const volumesFrom = volumesFromOf(container, surroundings);
  const order: ContainerOrder = {
    name: nameOfContainer(container),
    image: imageOf(container, image),
    ...toProcess(container, { image, source: surroundings.source }, lost),
    mounts: toMounts(container, lost),
    tmpfs: toTmpfs(container, lost),
    volumesFrom,
    network,
    isolation,
    limits: toLimits(container, surroundings),
    log: toLog(container, lost),
  };
  const donors = [...sharedWith(isolation), ...(network.mode.startsWith('container:') ? [network.mode.slice('container:'.length)] : [])];
  const needs = [...new Set([...donors, ...volumesFrom.map((from) => from.split(':', 1)[0] ?? '')])];
  return { order, needs, lost };
}

/** The name it was made with, while that still means the same image. */
function imageOf(container: DockerContainer, image: DockerImage | undefined): string {
  const [id, name] = [textOf(container['Image']), textOf(objectOf(container['Config'])['Image'])];
  const names = [...textsOf(image?.['RepoTags']), ...textsOf(image?.['RepoDigests'])];
  return name !== '' && names.some((known) => familiar(known) === familiar(name)) ? name : id;
}

/** Whoever is no longer there has left what it gave among the mounts. */
function volumesFromOf(container: DockerContainer, { containers }: Surroundings): string[] {
  const names = new Set(containers.values());
  return textsOf(objectOf(container['HostConfig'])['VolumesFrom']).flatMap((text) => {
    const [reference = '', mode] = text.split(/:(.*)/s, 2);
    const name = findName(containers, reference);
    return names.has(name) ? [isSet(mode) ? `${name}:${mode}` : name] : [];
  });
}
