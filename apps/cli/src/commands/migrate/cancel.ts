import { failedPrecondition } from '@arcbox/errors';
import { Command } from 'commander';
import { forEach } from '../../each.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function cancel(): Command {
  const command = new Command('cancel')
    .description('Ends migrations that run, and returns when everything is as it was before, or says what is not.')
    .argument('<plan...>', 'see arcbox migrate ls')
    .action((plans: string[], _options: object, self: Command) =>
      withEngine(self, (engine) =>
        forEach(plans, async (planId) => {
          const { notPutBack } = await engine.furtherMigration.cancelMigration({ planId }, { deadline: Infinity });
          if (notPutBack.length > 0) throw failedPrecondition(`plan ${planId} is cancelled, but not all is as it was before: ${notPutBack.join('; ')}`);
          return planId;
        }),
      ),
    );
  return withExamples(command, [['arcbox migrate cancel PLAN', 'prints its name when all is undone']]);
}
