import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';

export default function wait(): Command {
  const command = new Command('wait')
    .description('Waits until containers have ended, and prints their exit codes.')
    .argument('<container...>', 'ids or names')
    .addOption(
      new Option('--condition <condition>', 'what to wait for')
        .choices(['not-running', 'next-exit', 'removed'])
        .default('not-running'),
    )
    .action((names: string[], { condition }: { condition: string }, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          const { statusCode } = await engine.containers.wait({ id, condition }, { deadline: Infinity });
          return String(statusCode);
        }),
      ),
    );
  return withExamples(command, [['arcbox wait job', 'print its exit code when it has ended']]);
}
