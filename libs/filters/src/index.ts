export { actionWithDetail } from './event-action.ts';
export { hasLabels } from './labels.ts';
export { isDay, keptByFilters, parsePruneFilters, parseUntil, type Prunable, type PruneFilters } from './prune-filters.ts';
