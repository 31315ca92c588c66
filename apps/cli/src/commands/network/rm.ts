import { Command } from 'commander';
import { forEach } from '../../each.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function rm(): Command {
  const command = new Command('rm')
    .alias('remove')
    .description('Removes networks that no container is connected to.')
    .argument('<network...>', 'ids or names')
    .action((names: string[], _options: object, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.networks.remove({ id });
          return id;
        }),
      ),
    );
  return withExamples(command, [['arcbox network rm back', 'remove it']]);
}
