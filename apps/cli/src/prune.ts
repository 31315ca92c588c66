import type { PruneResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from './engine.ts';
import { Exit, exitCodes } from './exit.ts';
import { collectFilter, type Filters, toFilterMap } from './filters.ts';
import { withExamples } from './help.ts';
import { print } from './output.ts';
import { patience } from './patience.ts';
import { confirm } from './prompt.ts';
import { formatSize } from './size.ts';

interface PruneOptions {
  all?: boolean;
  force?: boolean;
  volumes?: boolean;
  filter?: Filters;
}

/** A `prune` command for these types of objects. */
export function prune(types: readonly string[], description: string): Command {
  const command = new Command('prune')
    .description(description)
    .option('-a, --all', 'also unused images and volumes that have a name')
    .addOption(
      new Option('--filter <key=value>', 'only some: until=24h, label=a=b, label!=a=b').argParser(collectFilter),
    )
    .option('-f, --force', 'do not ask')
    .action(async (options: PruneOptions, self: Command) => {
      const wanted = options.volumes ? [...types, 'volumes'] : types;
      if (!options.force && !(await confirm(`Remove unused ${wanted.join(', ')}?`))) throw new Exit(exitCodes.failed);
      await withEngine(self, async (engine) => {
        const filters = toFilterMap(options.filter);
        const request = { types: [...wanted], all: options.all ?? false, filters };
        await print(formatPruned(await engine.system.prune(request, { deadline: patience.prune })));
      });
    });
  if (types.length > 1) command.option('--volumes', 'volumes too');
  return withExamples(command, [['arcbox system prune -f', 'without asking']]);
}

function formatPruned(gone: PruneResponse): string {
  const sections: [string, readonly string[]][] = [
    ['Deleted Containers', gone.containersDeleted],
    ['Deleted Networks', gone.networksDeleted],
    ['Deleted Volumes', gone.volumesDeleted],
    ['Deleted Images', gone.imagesDeleted],
  ];
  const lists = sections
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `${title}:\n${names.join('\n')}\n\n`);
  return `${lists.join('')}Total reclaimed space: ${formatSize(gone.spaceReclaimed)}`;
}
