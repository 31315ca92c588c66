import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';
import { patience } from '../patience.ts';

interface RmOptions {
  force?: boolean;
  volumes?: boolean;
}

export default function rm(): Command {
  const command = new Command('rm')
    .description('Removes containers that do not run.')
    .argument('<container...>', 'ids or names')
    .option('-f, --force', 'also those that run: kill them first')
    .option('-v, --volumes', 'also their anonymous volumes')
    .action((names: string[], { force = false, volumes = false }: RmOptions, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.containers.remove({ id, force, volumes }, { deadline: patience.remove });
          return id;
        }),
      ),
    );
  return withExamples(command, [
    ['arcbox rm web', 'remove one'],
    ['arcbox rm -f web', 'even if it runs'],
    ['arcbox rm $(arcbox ps -aq --filter status=exited)', 'remove all that have ended'],
  ]);
}
