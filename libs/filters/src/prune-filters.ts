import { invalidArgument } from '@arcbox/errors';
import { hasLabel, labelsIn } from './labels.ts';

/** What may be pruned. */
export interface PruneFilters {
  /** Only what is not younger. */
  readonly until?: PruneTime;
  /** Only what has all of these: `name` or `name=value`, with commas between. */
  readonly label?: string;
  /** Only what has none of these. */
  readonly withoutLabel?: string;
}

export interface PruneTime {
  /** Unix milliseconds. */
  readonly time: number;
  /** As it was given: `24h`. */
  readonly text: string;
}

/** What filters look at. */
export interface Prunable {
  /** Unix milliseconds. */
  readonly created: number;
  readonly labels: { readonly [name: string]: string };
}

/** Milliseconds in the units of a duration, as Go writes it. */
const units: { readonly [unit: string]: number } = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * The filters `until`, `label` and `label!` of a request, as docker's prune
 * takes them. INVALID_ARGUMENT names what makes no sense. `now` is in Unix
 * milliseconds.
 */
export function parsePruneFilters(filters: { readonly [key: string]: string }, now: number): PruneFilters {
  const { until, label, 'label!': withoutLabel, ...unknown } = filters;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalidArgument(`unknown prune filter: ${stranger}`);
  for (const [key, list] of Object.entries({ label, 'label!': withoutLabel })) {
    // Without any it would let everything go, which is what somebody with an empty variable wants least.
    if (list !== undefined && labelsIn(list).next().done) throw invalidArgument(`prune filter ${key} has no value`);
  }
  return { ...(until === undefined ? {} : { until: { time: parseUntil(until, now), text: until } }), label, withoutLabel };
}

/** Why filters keep something, for people: `younger than 24h`, `label keep`. Undefined when they let it go. */
export function keptByFilters({ created, labels }: Prunable, { until, label = '', withoutLabel = '' }: PruneFilters): string | undefined {
  if (until && created > until.time) return `younger than ${until.text}`;
  const missing = labelsIn(label, labels).find((wanted) => !hasLabel(labels, wanted));
  if (missing !== undefined) return `no label ${missing}`;
  const present = labelsIn(withoutLabel, labels).find((unwanted) => hasLabel(labels, unwanted));
  return present === undefined ? undefined : `label ${present}`;
}

/**
 * Unix milliseconds: Unix seconds, a duration back from now (`1h30m`), or RFC
 * 3339, also without zone or time of day: then it is that of this host.
 */
export function parseUntil(text: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (/^-?(\d+(\.\d+)?(ns|us|\u00b5s|ms|s|m|h))+$/.test(text)) {
    const parts = text.matchAll(/([\d.]+)(ns|us|\u00b5s|ms|s|m|h)/g);
    const length = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
    return text.startsWith('-') ? now + length : now - length;
  }
  const [, date, clock = 'T00:00', fraction = '', zone = ''] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?)?(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const time = date === undefined || !isDay(date) ? NaN : Date.parse(`${date}${clock}${fraction.slice(0, 4)}${zone}`);
  if (Number.isNaN(time)) throw invalidArgument(`prune filter until: neither a time nor a duration: ${text}`);
  return time;
}

/** Whether the calendar has it: 30 February would be taken for one in March. */
export const isDay = (date: string): boolean => !Number.isNaN(Date.parse(date)) && new Date(date).toISOString().startsWith(date);
