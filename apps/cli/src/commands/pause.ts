import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';

export default function pause(): Command {
  const command = new Command('pause')
    .description('Freezes all processes of containers.')
    .argument('<container...>', 'ids or names')
    .action((names: string[], _options: object, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.containers.pause({ id });
          return id;
        }),
      ),
    );
  return withExamples(command, [['arcbox pause web', 'freeze it; arcbox unpause web lets it go on']]);
}
