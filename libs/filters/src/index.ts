export { parsePruneFilters, type PruneFilters } from './prune-filters.ts';
