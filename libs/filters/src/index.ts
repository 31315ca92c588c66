export { actionWithDetail } from './event-action.ts';
export { keptByFilters, parsePruneFilters, parseUntil, type Prunable, type PruneFilters } from './prune-filters.ts';
