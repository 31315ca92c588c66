import { MigrationState as State } from '@arcbox/proto/arcbox/engine/v1/migration';

/** How far a plan is, in a word. */
export const stateNames: Readonly<Record<State, string>> = {
  [State.MIGRATION_STATE_READY]: 'ready',
  [State.MIGRATION_STATE_RUNNING]: 'running',
  [State.MIGRATION_STATE_ROLLING_BACK]: 'rolling back',
  [State.MIGRATION_STATE_DONE]: 'done',
  [State.MIGRATION_STATE_FAILED]: 'failed',
  [State.MIGRATION_STATE_CANCELLED]: 'cancelled',
  [State.MIGRATION_STATE_UNSPECIFIED]: 'unknown',
  [State.UNRECOGNIZED]: 'unknown',
};
