import { failedPrecondition } from '@arcbox/errors';
import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { Argument, Command } from 'commander';
import type { Engine } from '../../connection.ts';
import { withEngine } from '../../engine.ts';
import { Exit, exitCodes } from '../../exit.ts';
import { withExamples } from '../../help.ts';
import { watchMigration } from '../../migration/watch.ts';
import { formatPlan, type Plan, planToJson } from '../../migration/plan.ts';
import { note, print, write } from '../../output.ts';
import { patience } from '../../patience.ts';
import { confirm } from '../../prompt.ts';

interface FromOptions {
  sourceSocket?: string;
  dryRun?: boolean;
  yes?: boolean;
  allowReplacements?: boolean;
  start: boolean;
  json?: boolean;
}

const sources = ['docker', 'podman', 'docker-desktop', 'orbstack', 'colima'];

export default function from(): Command {
  const command = new Command('from')
    .description(
      'Looks at another engine, says what would be brought over, asks, and does it.\n' +
        'Containers that run there are stopped first, and start here at the end. Nothing is removed there.\n' +
        'The engine does the work: it goes on when this command is gone. Ctrl-C cancels it, puts everything back and\n' +
        'waits for that; a second Ctrl-C leaves it to the engine. The exit code is 1 when it has failed, 130 when it\n' +
        'was cancelled.',
    )
    .addArgument(sourceArgument())
    .option('--source-socket <path>', 'socket of the other engine, when it is not where it usually is')
    .option('--dry-run', 'only say what would be brought over')
    .option('-y, --yes', 'do not ask')
    .option('--allow-replacements', 'replace what is here under the same names')
    .option('--no-start', 'start no containers at the end')
    .option('--json', 'for programs: the plan, then each step, as JSON, one a line')
    .action((source: string, options: FromOptions, self: Command) => withEngine(self, (engine) => migrateFrom(engine, source, options)));
  return withExamples(command, [
    ['arcbox migrate from docker --dry-run', 'what would be brought over?'],
    ['arcbox migrate from docker', 'ask, then do it'],
    ['arcbox migrate from podman --source-socket /run/podman/podman.sock -y', 'without asking'],
  ]);
}

/** Any path is one too, so what is known is proposed but not required. */
function sourceArgument(): Argument {
  return Object.assign(new Argument('<source>', 'the other engine, or the path of its socket'), { argChoices: sources });
}

async function migrateFrom(engine: Engine, source: string, options: FromOptions): Promise<void> {
  const { sourceSocket = '', dryRun = false, allowReplacements = false, json = false } = options;
  const request = { sourceKind: source, sourceSocketPath: sourceSocket, allowReplacements, dryRun };
  const found = await engine.migration.prepareMigration(request, { deadline: patience.create });
  const { migrations } = dryRun ? { migrations: [] } : await engine.furtherMigration.listMigrations({});
  const plan: Plan = { ...found, replacements: migrations.find(({ planId }) => planId === found.planId)?.replacements ?? [] };
  if (json) await print(planToJson(plan));
  else await write(process.stdout, formatPlan(plan));
  if (dryRun) return;
  const { planId } = plan;
  const confirmed = { planId, allowReplacements: plan.replacementsRequired, skipStart: !options.start };
  try {
    await agree(plan, options);
    await watchMigration(engine, planId, { json, begin: () => engine.migration.runMigration(confirmed), told: plan.warnings });
  } catch (error) {
    // What went wrong is what is told, also where the engine has gone.
    await forgetUnused(engine, planId).catch(() => note(`the plan ${planId} stays`));
    throw error;
  }
}

/** A plan that nobody has agreed to, or that was not begun, is of no further use. */
async function forgetUnused(engine: Engine, planId: string): Promise<void> {
  const { migrations } = await engine.furtherMigration.listMigrations({});
  const isUnused = migrations.some((one) => one.planId === planId && one.state === MigrationState.MIGRATION_STATE_READY);
  if (isUnused) await engine.furtherMigration.removeMigration({ planId });
}

/** Returns when the user wants it, with what gives way. */
async function agree({ replacementsRequired }: Plan, { yes = false, allowReplacements = false }: FromOptions): Promise<void> {
  if (replacementsRequired && !allowReplacements) {
    if (yes) throw failedPrecondition('something of the same name is here: --allow-replacements replaces it');
    if (!(await confirm('Replace what is here under the same names?'))) throw new Exit(exitCodes.failed);
  }
  if (!yes && !(await confirm('Bring all of this over?'))) throw new Exit(exitCodes.failed);
}
