import type { PruneResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import type { Engine } from './connection.ts';
import { withEngine } from './engine.ts';
import { Exit, exitCodes } from './exit.ts';
import { collectFilter, type Filters, toFilterMap } from './filters.ts';
import { withExamples } from './help.ts';
import { write } from './output.ts';
import { patience } from './patience.ts';
import { confirm } from './prompt.ts';
import { readPlan } from './prune-plan.ts';
import { prunesCache, prunesVolumesApart, type PruneType, type PruneWish, typesAtOnce } from './prune-wish.ts';
import { formatSize } from './size.ts';

interface PruneOptions {
  all?: boolean;
  dryRun?: boolean;
  force?: boolean;
  format?: string;
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
  return withExamples(command, [
    [`arcbox ${type.slice(0, -1)} prune -f`, 'without asking'],
    [`arcbox ${type.slice(0, -1)} prune --dry-run`, 'what would go, and why the rest stays'],
  ]);
}

/** `system prune`: of all types but volumes, and of those too on demand; and what only the build cache has. */
export function pruneAll(description: string): Command {
  const command = pruneCommand(['containers', 'networks', 'images', 'build cache'], description)
    .option('-a, --all', 'also unused images that have a name, and all of the build cache')
    .option('--volumes', 'volumes without a name too');
  return withExamples(command, [
    ['arcbox system prune --dry-run', 'what would go, its size, and why the rest stays'],
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
    .option('--dry-run', 'remove nothing: list what would go, and why the rest stays')
    .option('--format <format>', 'of --dry-run: table, json, or a Go template such as {{.Name}}')
    .action(async ({ filter, dryRun = false, format, ...options }: PruneOptions, self: Command) => {
      if (format !== undefined && !dryRun) self.error("error: option '--format' is for --dry-run");
      const wanted: readonly PruneType[] = options.volumes ? [...types, 'volumes'] : types;
      const wish = { types: wanted, all: options.all ?? false, filters: toFilterMap(filter) };
      const isAgreed = dryRun || options.force || (await confirm(`Remove unused ${wanted.join(', ')}?`));
      if (!isAgreed) throw new Exit(exitCodes.failed);
      await withEngine(self, async (engine) => write(process.stdout, dryRun ? await readPlan(engine, wish, format) : await removeUnused(engine, wish)));
    });
}

async function removeUnused(engine: Engine, wish: PruneWish): Promise<string> {
  const { all, filters } = wish;
  // First: layers that images have too come back with those.
  const cache = prunesCache(wish) ? await engine.builds.pruneCache({ all, until: filters['until'] ?? '' }, { deadline: patience.prune }) : undefined;
  const pruneOf = (types: readonly PruneType[], andNamed: boolean): Promise<PruneResponse> =>
    engine.system.prune({ types: [...types], all: andNamed, filters }, { deadline: patience.prune });
  const gone = await pruneOf(typesAtOnce(wish), all);
  const volumes = prunesVolumesApart(wish) ? await pruneOf(['volumes'], false) : undefined;
  const total = gone.spaceReclaimed + (volumes?.spaceReclaimed ?? 0n) + (cache?.spaceReclaimed ?? 0n);
  return formatPruned(wish, { ...gone, volumesDeleted: [...gone.volumesDeleted, ...(volumes?.volumesDeleted ?? [])] }, cache?.deleted ?? [], total);
}

/** As docker: networks alone take no room worth telling. */
function formatPruned({ types }: PruneWish, gone: PruneResponse, cache: readonly string[], total: bigint): string {
  const sections: [string, readonly string[]][] = [
    ['Deleted Containers', gone.containersDeleted],
    ['Deleted Networks', gone.networksDeleted],
    ['Deleted Volumes', gone.volumesDeleted],
    ['Deleted Images', gone.imagesDeleted],
    ['Deleted build cache objects', cache],
  ];
  const lists = sections
    .filter(([, names]) => names.length > 0)
    .map(([title, names]) => `${title}:\n${names.join('\n')}\n\n`);
  return lists.join('') + (types.join() === 'networks' ? '' : `Total reclaimed space: ${formatSize(total)}\n`);
}
