import { invalidArgument } from '@arcbox/errors';

/** What may be pruned. */
export interface PruneFilters {
  /** Only what is older: Unix milliseconds. */
  readonly until?: number;
  /** `name` or `name=value`; all of them. */
  readonly labels: readonly string[];
  /** The same; none of them. */
  readonly withoutLabels: readonly string[];
}

/** Milliseconds in the units of a duration. */
const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * The filters `until`, `label` and `label!` of a request, as docker's prune
 * takes them. INVALID_ARGUMENT names what makes no sense. `now` is in Unix
 * milliseconds.
 */
export function parsePruneFilters(filters: { readonly [key: string]: string }, now: number): PruneFilters {
  const { until, label = '', 'label!': without = '', ...unknown } = filters;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalidArgument(`unknown prune filter: ${stranger}`);
  return {
    ...(until === undefined ? {} : { until: parseUntil(until, now) }),
    labels: splitValues(label),
    withoutLabels: splitValues(without),
  };
}

function splitValues(text: string): string[] {
  return text.split(',').filter((value) => value !== '');
}

/** Unix milliseconds: Unix seconds, RFC 3339, or a duration back from now (`1h30m`). */
function parseUntil(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    const parts = text.matchAll(/([\d.]+)(ms|s|m|h)/g);
    return now - parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  }
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw invalidArgument(`prune filter until: neither a time nor a duration: ${text}`);
  return time;
}
