import { type Migration, MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import type { PrepareMigrationResponse, RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import type { Plan } from './plan/plan.ts';
import type { Step, Telling } from './run/journal.ts';
import type { Run, RunState } from './run/run.ts';

export function toPrepared(plan: Plan, isKept: boolean): PrepareMigrationResponse {
  return {
    planId: isKept ? plan.id : '',
    sourceKind: plan.kind,
    sourceSocketPath: plan.socket,
    imageCount: plan.images.length,
    volumeCount: plan.volumes.length,
    networkCount: plan.networks.length,
    containerCount: plan.containers.length,
    replacementsRequired: plan.replacements.length > 0,
    warnings: [...plan.warnings],
    unsupportedResources: [...plan.unsupported],
  };
}

export function toRunEvent(planId: string, { phase, resource, message, completed, total, end }: Telling & Pick<Step, 'end'>): RunMigrationEvent {
  const result = { done: end !== undefined, success: end?.success ?? false, warnings: [...(end?.warnings ?? [])] };
  return { planId, phase, resource, message, completed, total, ...result };
}

const states: { readonly [state in RunState]: MigrationState } = {
  ready: MigrationState.MIGRATION_STATE_READY,
  running: MigrationState.MIGRATION_STATE_RUNNING,
  'rolling-back': MigrationState.MIGRATION_STATE_ROLLING_BACK,
  done: MigrationState.MIGRATION_STATE_DONE,
  failed: MigrationState.MIGRATION_STATE_FAILED,
  cancelled: MigrationState.MIGRATION_STATE_CANCELLED,
};

export function toMigration(plan: Plan, { state, phase, message, warnings, left }: Run): Migration {
  return {
    planId: plan.id,
    state: states[state],
    sourceKind: plan.kind,
    sourceSocketPath: plan.socket,
    created: new Date(plan.created).toISOString(),
    phase,
    message,
    replacements: [...plan.replacements],
    warnings: [...plan.warnings, ...warnings, ...left],
    unsupportedResources: [...plan.unsupported],
  };
}
