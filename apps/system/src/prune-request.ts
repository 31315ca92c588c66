import { invalidArgument } from '@arcbox/errors';
import { splitValues } from './event-filter.ts';
import { isPruneType, type PruneOrder, type PruneType, pruneTypes } from './prune.ts';

const usual: readonly PruneType[] = ['containers', 'networks', 'images'];

/** Milliseconds in the units of a duration. */
const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads a request; INVALID_ARGUMENT names what makes no sense. `now` is in Unix milliseconds. */
export function parsePruneRequest(
  request: { types: readonly string[]; all: boolean; filters: { readonly [key: string]: string } },
  now: number,
): PruneOrder {
  const { until, label, 'label!': without, ...unknown } = request.filters;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalidArgument(`unknown prune filter: ${stranger}`);
  return {
    types: parseTypes(request.types),
    all: request.all,
    until: until === undefined ? undefined : parseUntil(until, now),
    labels: splitValues(label ?? ''),
    withoutLabels: splitValues(without ?? ''),
  };
}

function parseTypes(names: readonly string[]): PruneType[] {
  const wanted = names.length === 0 ? [...usual] : names.flatMap((name) => (name === 'all' ? pruneTypes : parseType(name)));
  return pruneTypes.filter((type) => wanted.includes(type));
}

function parseType(name: string): PruneType {
  if (!isPruneType(name)) throw invalidArgument(`unknown prune type: ${name}`);
  return name;
}

/** Unix milliseconds of `until` as docker's prune takes it: Unix seconds, RFC 3339, or a duration back from now (`1h30m`). */
export function parseUntil(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
    return now - parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw invalidArgument(`prune filter until: neither a time nor a duration: ${text}`);
  return time;
}
