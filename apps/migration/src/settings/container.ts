import type { Json } from './json.ts';
import type { ContainerOrder } from './order.ts';

/** Answer of `GET /containers/{id}/json`. */
export type DockerContainer = Json;

/** What has to be known beside the container itself. */
export interface Surroundings {
  /** Answer of `GET /images/{id}/json` for the `Image` of the container; undefined when it is not there. */
  readonly image?: Json;
  /** All containers of the source: full id to name, without slash. */
  readonly containers: ReadonlyMap<string, string>;
  /** All networks of the source: full id to name. */
  readonly networks: ReadonlyMap<string, string>;
  /** Name of its network for those who name none: `bridge`, `podman`. */
  readonly defaultNetwork: string;
  /** Names that links of other containers give to this one; see `linkedNames`. */
  readonly linked?: readonly LinkedName[];
}

export interface LinkedName {
  readonly network: string;
  readonly alias: string;
}

export interface MappedContainer {
  readonly order: ContainerOrder;
  /** Names of containers that have to be there before this one can be made: it shares a namespace or volumes with them. */
  readonly needs: readonly string[];
  /** What cannot be carried, in words. */
  readonly lost: readonly string[];
}

/** A container of the source in the terms of this engine. */
export type ToCreateOrder = (container: DockerContainer, surroundings: Surroundings) => MappedContainer;
