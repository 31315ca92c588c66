import { type Json, objectOf, textOf, textsOf } from './json.ts';
import type { Source } from './source.ts';

/** What has to be known of a source to understand one of its containers. */
export interface Surroundings {
  readonly source: Source;
  /** All containers: full id to name, without slash. */
  readonly containers: ReadonlyMap<string, string>;
  /** All networks: full id to name. */
  readonly networks: ReadonlyMap<string, string>;
  /** Name of a container to the names that others have for it by a link. */
  readonly links: ReadonlyMap<string, readonly LinkedName[]>;
}

export interface LinkedName {
  readonly network: string;
  readonly alias: string;
}

/** Of the answers of `GET /containers/{id}/json` and of `GET /networks`. */
export function surroundingsOf(source: Source, containers: readonly Json[], networks: readonly Json[]): Surroundings {
  const names = new Map(containers.map((container) => [textOf(container['Id']), nameOfContainer(container)]));
  return {
    source,
    containers: names,
    networks: new Map(networks.map(({ Id, Name }) => [textOf(Id), textOf(Name)])),
    links: Map.groupBy(containers.flatMap(linksOf), ({ target }) => findName(names, target)),
  };
}

export const nameOfContainer = ({ Name }: Json): string => textOf(Name).replace(/^\//, '');

/** Name of the container that a full id, its beginning, or a name means; itself when there is none. */
export function findName(containers: Surroundings['containers'], reference: string): string {
  const bare = reference.replace(/^\//, '');
  const exact = containers.get(bare);
  if (exact !== undefined) return exact;
  const names = [...containers.values()];
  if (names.includes(bare)) return bare;
  return [...containers].find(([id]) => bare !== '' && id.startsWith(bare))?.[1] ?? bare;
}

/** `db:database` of an endpoint: that network has another name for db. */
function linksOf(container: Json): (LinkedName & { readonly target: string })[] {
  const networks = Object.entries(objectOf(objectOf(container['NetworkSettings'])['Networks']));
  return networks.flatMap(([network, endpoint]) =>
    textsOf(objectOf(endpoint)['Links']).map((link) => {
      const [target = '', alias = target] = link.split(':');
      return { network, target, alias };
    }),
  );
}
