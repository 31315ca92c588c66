import { notFound } from '@arcbox/errors';
import { parseFilters } from './filter.ts';

/** A part of containerd that is served here, by its name there. */
export interface Plugin {
  readonly type: string;
  readonly id: string;
}

const plugins: readonly Plugin[] = ['content', 'images', 'introspection', 'leases', 'namespaces', 'version'].map((id) => ({
  type: 'io.containerd.grpc.v1',
  id,
}));

/** The parts that match any of the filters. */
export function listPlugins(filters: readonly string[]): Plugin[] {
  const matches = parseFilters(filters);
  return plugins.filter(({ type, id }) =>
    matches(([field]) => {
      if (field === 'type') return type;
      return field === 'id' ? id : undefined;
    }),
  );
}

export function findPlugin(type: string, id: string): Plugin {
  const found = plugins.find((plugin) => plugin.type === type && plugin.id === id);
  if (!found) throw notFound(`plugin ${type}.${id}: not found`);
  return found;
}
