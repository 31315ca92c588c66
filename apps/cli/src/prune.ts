import type { PruneResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from './engine.ts';
import { Exit, exitCodes } from './exit.ts';
import { collectFilter, type Filters, toFilterMap } from './filters.ts';
import { withExamples } from './help.ts';
import { write } from './output.ts';
import { patience } from './patience.ts';
import { confirm } from './prompt.ts';
import { formatSize } from './size.ts';

export type PruneType = 'containers' | 'networks' | 'volumes' | 'images';

interface PruneOptions {
  all?: boolean;
  force?: boolean;
  volumes?: boolean;
  filter?: Filters;
}

/** What `--all` adds, where there is more than what goes anyway. */
const further: Readonly<Partial<Record<PruneType, string>>> = {
  images: 'also images that have a name',
  volumes: 'also volumes that have a name',
};

/** `prune` of one type of objects. */
export function prune(type: PruneType, description: string): Command {
  const all = further[type];
  const command = pruneCommand([type], description);
  if (all) command.option('-a, --all', all);
  return withExamples(command, [[`arcbox ${type.slice(0, -1)} prune -f`, 'without asking']]);
}

/** `system prune`: of all types but volumes, and of those too on demand. */
export function pruneAll(description: string): Command {
  const command = pruneCommand(['containers', 'networks', 'images'], description)
    .option('-a, --all', 'also unused images that have a name')
    .option('--volumes', 'volumes without a name too');
  return withExamples(command, [
    ['arcbox system prune -f', 'without asking'],
    ['arcbox system prune -a --volumes', 'all that no container uses, but volumes with a name'],
  ]);
}

function pruneCommand(types: readonly PruneType[], description: string): Command {
  return new Command('prune')
    .description(description)
    .addOption(
      new Option('--filter <key=value>', 'only some: until=24h, label=a=b, label!=a=b').argParser(collectFilter),
    )
    .option('-f, --force', 'do not ask')
    .action(async (options: PruneOptions, self: Command) => {
      const wanted: readonly PruneType[] = options.volumes ? [...types, 'volumes'] : types;
      if (!options.force && !(await confirm(`Remove unused ${wanted.join(', ')}?`))) throw new Exit(exitCodes.failed);
      await withEngine(self, async (engine) => {
        const filters = toFilterMap(options.filter);
        const pruneOf = (some: readonly PruneType[], all: boolean): Promise<PruneResponse> =>
          engine.system.prune({ types: [...some], all, filters }, { deadline: patience.prune });
        const gone = await pruneOf(types, options.all ?? false);
        // Whoever gave a volume a name wants to keep it, as docker sees it.
        const volumes = options.volumes ? await pruneOf(['volumes'], false) : undefined;
        await write(process.stdout, formatPruned(gone, volumes, wanted));
      });
    });
}

/** As docker: networks alone take no room worth telling. */
function formatPruned(gone: PruneResponse, volumes: PruneResponse | undefined, types: readonly PruneType[]): string {
  const sections: [string, readonly string[]][] = [
    ['Deleted Containers', gone.containersDeleted],
    ['Deleted Networks', gone.networksDeleted],
    ['Deleted Volumes', [...gone.volumesDeleted, ...(volumes?.volumesDeleted ?? [])]],
    ['Deleted Images', gone.imagesDeleted],
  ];
  const lists = sections
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `${title}:\n${names.join('\n')}\n\n`);
  const total = `Total reclaimed space: ${formatSize(gone.spaceReclaimed + (volumes?.spaceReclaimed ?? 0n))}\n`;
  return lists.join('') + (types.join() === 'networks' ? '' : total);
}
