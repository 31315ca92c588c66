import { Command } from 'commander';
import { forEach } from '../../each.ts';
import { withEngine } from '../../engine.ts';
import { isFailure } from '../../failure.ts';
import { withExamples } from '../../help.ts';

export default function rm(): Command {
  const command = new Command('rm')
    .alias('remove')
    .description('Removes networks that no container is connected to.')
    .argument('<network...>', 'ids or names')
    .option('-f, --force', 'succeed also when there is none of that name')
    .action((names: string[], { force = false }: { force?: boolean }, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.networks.remove({ id }).catch((error: unknown) => {
            if (!force || !isFailure(error, 'not-found')) throw error;
          });
          return id;
        }),
      ),
    );
  return withExamples(command, [['arcbox network rm back', 'remove it']]);
}
