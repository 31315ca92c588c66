import { invalidArgument } from '@arcbox/errors';
import { parsePruneFilters } from '@arcbox/filters';
import { isPruneType, type PruneOrder, type PruneType, pruneTypes } from './prune.ts';

const usual: readonly PruneType[] = ['containers', 'networks', 'images'];

/** Reads a request; INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function parsePruneRequest(
  request: { types: readonly string[]; all: boolean; filters: { readonly [key: string]: string }; goneCache?: readonly string[] },
  { dryRun, now }: { dryRun: boolean; now: number },
): PruneOrder {
  const { types, all, filters, goneCache = [] } = request;
  return { types: parseTypes(types), all, filters, dryRun, goneCache, ...parsePruneFilters(filters, now) };
}

function parseTypes(names: readonly string[]): PruneType[] {
  const wanted = names.length === 0 ? [...usual] : names.flatMap((name) => (name === 'all' ? pruneTypes : parseType(name)));
  return pruneTypes.filter((type) => wanted.includes(type));
}

function parseType(name: string): PruneType {
  if (!isPruneType(name)) throw invalidArgument(`unknown prune type: ${name}`);
  return name;
}
