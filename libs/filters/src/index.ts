export { keptByFilters, parsePruneFilters, parseUntil, type Prunable, type PruneFilters } from './prune-filters.ts';
