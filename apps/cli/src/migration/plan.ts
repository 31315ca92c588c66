import type { PrepareMigrationResponse, RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import { toJson } from '../json-text.ts';
import { formatTable } from '../table.ts';

export interface Plan extends PrepareMigrationResponse {
  /** What is here and gives way, as `volume data`; after a dry run it is among the warnings instead. */
  readonly replacements: readonly string[];
}

/** A plan for a person to agree to. */
export function formatPlan(plan: Plan): string {
  const { sourceKind, sourceSocketPath, replacements } = plan;
  const counts = formatTable([
    ['IMAGES', 'VOLUMES', 'NETWORKS', 'CONTAINERS'],
    [plan.imageCount, plan.volumeCount, plan.networkCount, plan.containerCount].map(String),
  ]);
  return [
    `From ${sourceKind} at ${sourceSocketPath}:\n${counts}`,
    formatList('Is here already and would be replaced:', replacements),
    formatList('Worth knowing:', plan.warnings),
    formatList('Cannot be brought over:', plan.unsupportedResources),
  ].join('');
}

/** How a run has ended, without what was told before; why it has failed is told as an error. */
export function formatEnd({ success, message, warnings }: RunMigrationEvent, told: readonly string[]): string {
  const news = warnings.filter((warning) => !told.includes(warning));
  return `${formatList('Worth a look:', news)}${success ? `${message.charAt(0).toUpperCase()}${message.slice(1)}.\n` : ''}`;
}

/** Nothing for nothing. */
function formatList(title: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `${title}\n${items.map((item) => `  ${item}\n`).join('')}`;
}

/** The same in one line. */
export const planToJson = (plan: Plan): string => toJson({ kind: 'plan', ...plan });
