import { notFound } from '@arcbox/errors';
import { parseFilters } from './filter.ts';

/** The one namespace there is. */
export const theNamespace = 'default';

/** NOT_FOUND unless it is the one that there is. */
export function requireNamespace(name: string): void {
  if (name !== theNamespace) throw notFound(`namespace ${name}: not found: this engine has one, ${theNamespace}`);
}

export function listNamespaces(filter: string): string[] {
  const matches = parseFilters([filter]);
  return [theNamespace].filter((name) => matches(([field]) => (field === 'name' ? name : undefined)));
}
