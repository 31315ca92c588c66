import { TemplateError } from './template-error.ts';

/** A value of a field; objects without a prototype are maps, which lack what they lack. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value === 'object' && value !== null) {
    if (Object.hasOwn(value, name)) return (value as Record<string, unknown>)[name];
    if (Object.getPrototypeOf(value) === null) return undefined;
  }
  const known = typeof value === 'object' && value !== null ? Object.keys(value).join(', ') : '';
  throw new TemplateError(`template: no field ${name}${known ? `; there are ${known}` : ''}`);
}

/** As `if` sees it: nothing, zero and what is empty are false. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  return typeof value === 'object' ? lengthOf(value) > 0 : Boolean(value);
}

export function lengthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? Object.keys(value).length : formatValue(value).length;
}

/** As `range` goes through it: lists in order, maps by their sorted keys. */
export function entriesOf(value: unknown): [key: unknown, value: unknown][] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item]);
  if (typeof value === 'object') return sortedEntries(value);
  throw new TemplateError(`template: range cannot go through ${formatValue(value)}`);
}

/** As Go prints it: `[a b]` for lists, `map[k:v]` for maps. */
export function formatValue(value: unknown): string {
  if (value === null || value === undefined) return '<no value>';
  if (Array.isArray(value)) return `[${value.map(formatValue).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = sortedEntries(value);
  return `map[${entries.map(([key, inner]) => `${key}:${formatValue(inner)}`).join(' ')}]`;
}

const sortedEntries = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)) as [string, unknown][];
