import { InvalidArgumentError } from 'commander';

/** Collected `--filter key=value` options, values by key. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Argument parser of `--filter`. */
export function collectFilter(text: string, previous: Filters = new Map()): Filters {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('A filter is written key=value.');
  const key = text.slice(0, at).trim().toLowerCase();
  return new Map([...previous, [key, [...(previous.get(key) ?? []), text.slice(at + 1).trim()]]]);
}

/** As container and image requests take them: JSON, empty for none. */
export function toFilterJson(filters: Filters = new Map()): string {
  return filters.size === 0 ? '' : JSON.stringify(Object.fromEntries(filters));
}

/** As the other requests take them: values of one key with commas between. */
export function toFilterMap(filters: Filters = new Map()): Record<string, string> {
  return Object.fromEntries([...filters].map(([key, values]) => [key, values.join(',')]));
}
