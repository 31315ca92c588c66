import { type Container, isStopped } from './container.ts';
import type { Containers } from './containers.ts';
import { type Filters, matchesFilters, parseFilters } from './filters.ts';
import type { ResolvedImage } from './images-client.ts';
import { isKind } from '@arcbox/errors';

export interface ListDeps {
  readonly containers: Containers;
  readonly images: { resolve(image: string, signal?: AbortSignal): Promise<ResolvedImage> };
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
  const scope = { created: timesOf(containers, filters), imageIds: await imageIds(deps, filters, signal) };
  const anyState = query.all || query.limit > 0 || stateFilters.some((key) => filters.has(key));
  const present = anyState ? containers.all() : containers.active();
  const candidates = present.filter(({ config }) => !config.internal).sort(newestFirst);
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

/** `ancestor` may be any name of an image. */
async function imageIds({ images }: ListDeps, filters: Filters, signal: AbortSignal): Promise<Map<string, string | undefined>> {
  const ids = new Map<string, string | undefined>();
  for (const name of filters.get('ancestor') ?? []) ids.set(name, await idOf(images, name, signal));
  return ids;
}

async function idOf(images: ListDeps['images'], name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await images.resolve(name, signal)).id;
  } catch (error) {
    if (isKind(error, 'not-found', 'invalid-argument')) return undefined;
    throw error;
  }
}
