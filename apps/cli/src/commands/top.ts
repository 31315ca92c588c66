import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { write } from '../output.ts';
import { formatTable } from '../table.ts';

export default function top(): Command {
  const command = new Command('top')
    .description('Lists the processes of a running container.')
    .usage('[options] <container> [ps options]')
    .argument('<container>', 'id or name')
    .argument('[options...]', 'options for ps (default: -ef)')
    .passThroughOptions()
    .action((id: string, psOptions: string[], _options: object, self: Command) =>
      withEngine(self, async (engine) => {
        const { titles, processes } = await engine.containers.top({ id, psArgs: psOptions.join(' ') });
        await write(process.stdout, formatTable([titles, ...processes.map(({ values }) => values)], 20));
      }),
    );
  return withExamples(command, [
    ['arcbox top web', 'what runs in it'],
    ['arcbox top web -o pid,rss,args', 'with columns of your own'],
  ]);
}
