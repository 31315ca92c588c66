import { failedPrecondition, notFound } from '@arcbox/errors';
import { MigrationState as State } from '@arcbox/proto/arcbox/engine/v1/migration';
import { Command } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { stateNames } from '../../migration/states.ts';
import { watchMigration } from '../../migration/watch.ts';

const unfinished: readonly State[] = [State.MIGRATION_STATE_RUNNING, State.MIGRATION_STATE_ROLLING_BACK];

export default function attach(): Command {
  const command = new Command('attach')
    .description('Shows how a migration goes on that runs. Ctrl-C cancels it, as with arcbox migrate from.')
    .argument('<plan>', 'see arcbox migrate ls')
    .option('--json', 'each step as JSON, one a line')
    .action((planId: string, { json = false }: { json?: boolean }, self: Command) =>
      withEngine(self, async (engine) => {
        const { migrations } = await engine.furtherMigration.listMigrations({});
        const found = migrations.find((one) => one.planId === planId);
        if (!found) throw notFound(`no such plan: ${planId}`);
        if (!unfinished.includes(found.state)) throw failedPrecondition(`plan ${planId} does not run: it is ${stateNames[found.state]}`);
        await watchMigration(engine, planId, { json, begin: () => engine.furtherMigration.followMigration({ planId }) });
      }),
    );
  return withExamples(command, [['arcbox migrate attach "$(arcbox migrate ls -q | head -n 1)"', 'the newest one']]);
}
