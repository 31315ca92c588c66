import { failedPrecondition } from '@arcbox/errors';
import type { MigrationServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/migration';
import type { CallFields } from '@arcbox/rpc';
import { findPlan } from './plan/plan.ts';
import { followRun } from './run/follow.ts';
import { Items } from './run/items.ts';
import { isUnderWay, runOf } from './run/run.ts';
import type { Runner, RunnerParts } from './run/runner.ts';
import { toMigration, toRunEvent } from './wire.ts';

/** arcbox.engine.v1.MigrationService */
export function engineMigrationService(parts: RunnerParts & { runner: Runner }): MigrationServiceImplementation<CallFields> {
  const { store, plans, runs, steps, pulses, runner } = parts;
  return {
    async listMigrations() {
      return { migrations: plans.all().reverse().map((plan) => toMigration(plan, runOf(runs, plan.id))) };
    },

    async *followMigration({ planId }, { signal }) {
      findPlan(plans, planId);
      if (runOf(runs, planId).attempt === 0) throw failedPrecondition(`migration ${planId} was never run`);
      for await (const told of followRun(parts, planId, signal)) yield toRunEvent(planId, told);
    },

    async cancelMigration({ planId }, { signal }) {
      runner.cancel(planId);
      let notPutBack: readonly string[] = [];
      for await (const { end } of followRun(parts, planId, signal)) {
        if (end?.success) throw failedPrecondition(`migration ${planId} has brought everything over`);
        notPutBack = end?.left ?? [];
      }
      return { notPutBack: [...notPutBack] };
    },

    async removeMigration({ planId }) {
      store.transaction(() => {
        findPlan(plans, planId);
        if (isUnderWay(runOf(runs, planId))) throw failedPrecondition(`migration ${planId} runs`);
        for (const records of [plans, runs, pulses]) records.delete(planId);
        new Items(store, planId).forgetAll();
        for (const { id } of steps.findBy('plan', planId)) steps.delete(id);
      });
      return {};
    },
  };
}
