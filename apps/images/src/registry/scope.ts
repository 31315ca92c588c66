/**
 * Everything that two lists of token scopes allow, once each: `repository:app:pull`
 * and `repository:app:push,pull registry:catalog:*` are
 * `repository:app:pull,push registry:catalog:*`.
 */
export function mergeScopes(...lists: readonly string[]): string {
  const actions = new Map<string, Set<string>>();
  for (const scope of lists.flatMap((list) => list.split(' ')).filter(Boolean)) {
    const colon = scope.lastIndexOf(':');
    const resource = scope.slice(0, colon);
    const known = actions.get(resource) ?? new Set();
    actions.set(resource, new Set([...known, ...scope.slice(colon + 1).split(',')]));
  }
  return [...actions].map(([resource, allowed]) => `${resource}:${[...allowed].join(',')}`).join(' ');
}
