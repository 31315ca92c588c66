import { invalidArgument } from '@arcbox/errors';

/** Filter key → its values. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/** Parses `{"key":["value"]}` or `{"key":{"value":true}}`; empty text is no filter. Unknown keys are refused. */
export function parseFilters(text: string, known: readonly string[]): Filters {
  if (text === '') return new Map();
  const document = parseJson(text);
  const filters = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(document)) {
    if (!known.includes(key)) throw invalidArgument(`unknown filter: ${key}`);
    filters.set(key, valuesOf(key, value));
  }
  return filters;
}

function parseJson(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidArgument(`filters are not JSON: ${text.slice(0, 100)}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidArgument('filters are not a JSON object');
}

function valuesOf(key: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value as string[];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, flag]) => typeof flag === 'boolean'))
      return entries.filter(([, flag]) => flag).map(([item]) => item);
  }
  throw invalidArgument(`filter ${key}: neither a list of strings nor an object of booleans`);
}

/** `true` or `1`, `false` or `0`; undefined when the filter is not there. */
export function parseFlag(filters: Filters, key: string): boolean | undefined {
  const values = filters.get(key) ?? [];
  const flags = values.map((value) => {
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw invalidArgument(`filter ${key}: ${value} is neither true nor false`);
  });
  // Both at once select everything.
  return flags.length > 0 && flags.every((flag) => flag === flags[0]) ? flags[0] : undefined;
}

/** `key` or `key=value`. */
export function matchesLabel(labels: { readonly [name: string]: string }, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const key = equals < 0 ? wanted : wanted.slice(0, equals);
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  return equals < 0 ? value !== undefined : value === wanted.slice(equals + 1);
}

const unitMilliseconds: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** A moment: RFC 3339, Unix seconds, or a duration before now as Go writes it (`10m`, `1h30m`). Milliseconds. */
export function parseMoment(text: string, key: string): number {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const duration = /^(?:\d+(?:\.\d+)?(?:ns|us|\u00b5s|ms|s|m|h))+$/.exec(text);
  if (duration) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|\u00b5s|ms|s|m|h)/g);
    return (
      Date.now() - [...parts].reduce((sum, [, n, unit]) => sum + Number(n) * (unitMilliseconds[unit ?? ''] ?? 0), 0)
    );
  }
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(date)) throw invalidArgument(`filter ${key}: ${text} is neither a time nor a duration`);
  return date;
}

/** Compiles a pattern of `*`, `?` and `[…]`, none of which match a slash: Go's path.Match. */
export function parseGlob(pattern: string): RegExp {
  const source = pattern.replace(/\\(.)|\[\^?[^\]]+\]|[*?]|[.+^${}()|\\[\]]/gs, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return escapeRegExp(escaped);
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.length > 1 ? part : escapeRegExp(part);
  });
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    throw invalidArgument(`filter reference: bad pattern ${pattern}`);
  }
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
