import { Command } from 'commander';
import { forEach } from '../../each.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function rm(): Command {
  const command = new Command('rm')
    .alias('remove')
    .description('Removes volumes with all that is in them. Those that a container uses stay.')
    .argument('<volume...>', 'names')
    .option('-f, --force', 'succeed also when there is none of that name')
    .action((names: string[], { force = false }: { force?: boolean }, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (name) => {
          await engine.volumes.remove({ name, force });
          return name;
        }),
      ),
    );
  return withExamples(command, [['arcbox volume rm data', 'remove it']]);
}
