import { type Container, isStopped } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { type Filters, matchesFilters, parseFilters } from './filters.ts';
import { type ImageSource, imageFamilies } from './image-family.ts';

export interface ListDeps {
  readonly containers: Containers;
  readonly images: ImageSource;
}

export interface ListQuery {
  readonly all: boolean;
  /** Above 0: the newest n, in any state. */
  readonly limit: number;
  /** JSON. */
  readonly filters: string;
}

/** Filters that speak of states select among all containers. */
const stateFilters = ['status', 'exited'];

/** Newest first. Reads the store and waits for no operation. */
export async function listContainers(deps: ListDeps, query: ListQuery, signal: AbortSignal): Promise<Container[]> {
  const { containers } = deps;
  const filters = parseFilters(query.filters);
  const created = timesOf(containers, filters);
  const anyState = query.all || query.limit > 0 || stateFilters.some((key) => filters.has(key));
  const present = anyState ? containers.all() : containers.active();
  const candidates = present.filter(({ config }) => !config.internal).sort(newestFirst);
  const used = candidates.map(({ config }) => config.image.id);
  const scope = { created, families: await imageFamilies(deps.images, filters.get('ancestor') ?? [], used, signal) };
  const found = candidates.filter((container) => matchesFilters(container, filters, scope));
  const selected = anyState ? found : found.filter((container) => !isStopped(container));
  return query.limit > 0 ? selected.slice(0, query.limit) : selected;
}

function newestFirst(a: Container, b: Container): number {
  return a.config.created < b.config.created ? 1 : a.config.created > b.config.created ? -1 : 0;
}

/** NOT_FOUND when `before` or `since` names no container, also where there is nothing to list. */
function timesOf(containers: Containers, filters: Filters): Map<string, string> {
  const named = [...(filters.get('before') ?? []), ...(filters.get('since') ?? [])];
  return new Map(named.map((reference) => [reference, containers.find(reference).config.created]));
}
