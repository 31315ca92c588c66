import { Command } from 'commander';
import { forEach } from '../../each.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function rm(): Command {
  const command = new Command('rm')
    .description('Forgets migrations that do not run. What they brought over stays.')
    .argument('<plan...>', 'see arcbox migrate ls')
    .action((plans: string[], _options: object, self: Command) =>
      withEngine(self, (engine) =>
        forEach(plans, async (planId) => {
          await engine.furtherMigration.removeMigration({ planId });
          return planId;
        }),
      ),
    );
  return withExamples(command, [['arcbox migrate rm $(arcbox migrate ls -q)', 'all that have ended']]);
}
