import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';

export default function unpause(): Command {
  const command = new Command('unpause')
    .description('Lets frozen containers go on.')
    .argument('<container...>', 'ids or names')
    .action((names: string[], _options: object, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.containers.unpause({ id });
          return id;
        }),
      ),
    );
  return withExamples(command, [['arcbox unpause web', 'let it go on']]);
}
