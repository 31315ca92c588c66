/** A list that docker shows as `null` when it is empty, and that templates see as an empty one. */
export function listOrNull<Item>(items: readonly Item[]): readonly Item[] {
  return items.length > 0 ? items : Object.defineProperty([], 'toJSON', { value: () => null });
}

/** A map of names that are not known before, sorted as docker shows it; what it lacks is no mistake of a template. */
export function mapOf<Value>(entries: Iterable<readonly [string, Value]>): Record<string, Value> {
  const map = Object.create(null) as Record<string, Value>;
  for (const [key, value] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) map[key] = value;
  return map;
}

export const mapFrom = <Value>(record: Readonly<Record<string, Value>> | undefined): Record<string, Value> =>
  mapOf(Object.entries(record ?? {}));
