import type { MigrationServiceImplementation } from '@arcbox/proto/arcbox/v1/api';
import type { CallFields } from '@arcbox/rpc';
import { preparePlan } from './plan/prepare.ts';
import { followRun } from './run/follow.ts';
import type { Runner, RunnerParts } from './run/runner.ts';
import { toPrepared, toRunEvent } from './wire.ts';

/** arcbox.v1.MigrationService */
export function migrationService(parts: RunnerParts & { runner: Runner }): MigrationServiceImplementation<CallFields> {
  return {
    async prepareMigration({ sourceKind: kind, sourceSocketPath: socket, allowReplacements, dryRun }, { signal }) {
      const plan = await preparePlan(parts, { kind, socket, allowReplacements, dryRun }, signal);
      return toPrepared(plan, !dryRun);
    },

    // Who goes away has only looked: the run goes on.
    async *runMigration({ planId, allowReplacements, skipStart }, { signal }) {
      parts.runner.begin(planId, { allowReplacements, skipStart });
      for await (const told of followRun(parts, planId, signal)) yield toRunEvent(planId, told);
    },
  };
}
