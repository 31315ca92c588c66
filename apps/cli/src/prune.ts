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
import { prunesCache, prunesVolumesApart, type PruneType, type PruneWish } from './prune-wish.ts';
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
      await withEngine(self, async (engine) => {
        if (dryRun) await write(process.stdout, await readPlan(engine, wish, format));
        else await removeAndTell(engine, wish);
      });
    });
}

/** Type by type, so that after a failure it can tell what went before. */
async function removeAndTell(engine: Engine, wish: PruneWish): Promise<void> {
  const gone: Gone = { names: new Map(), space: 0n };
  let isDone = false;
  try {
    await removeUnused(engine, wish, gone);
    isDone = true;
  } finally {
    if (isDone || gone.names.size > 0) await write(process.stdout, formatPruned(wish, gone));
  }
}

/** What went, and the bytes that came back. */
interface Gone {
  readonly names: Map<PruneType, readonly string[]>;
  space: bigint;
}

async function removeUnused(engine: Engine, wish: PruneWish, gone: Gone): Promise<void> {
  const { all, filters } = wish;
  const options = { deadline: patience.prune };
  const note = (type: PruneType, names: readonly string[], space: bigint): void => {
    if (names.length > 0) gone.names.set(type, names);
    gone.space += space;
  };
  // First: layers that images have too come back with those.
  if (prunesCache(wish)) {
    const { deleted, spaceReclaimed } = await engine.builds.pruneCache({ all, until: filters['until'] ?? '' }, options);
    note('build cache', deleted, spaceReclaimed);
  }
  for (const type of removalOrder.filter((one) => wish.types.includes(one))) {
    const andNamed = all && !(type === 'volumes' && prunesVolumesApart(wish));
    const pruned = await engine.system.prune({ types: [type], all: andNamed, filters }, options);
    note(type, namesIn(pruned)[type], pruned.spaceReclaimed);
  }
}

/** What goes first frees what comes later. */
const removalOrder = ['containers', 'networks', 'volumes', 'images'] as const;

const namesIn = (gone: PruneResponse): { readonly [type in (typeof removalOrder)[number]]: readonly string[] } => ({
  containers: gone.containersDeleted,
  networks: gone.networksDeleted,
  volumes: gone.volumesDeleted,
  images: gone.imagesDeleted,
});

const titles: { readonly [type in PruneType]: string } = {
  containers: 'Deleted Containers',
  networks: 'Deleted Networks',
  volumes: 'Deleted Volumes',
  images: 'Deleted Images',
  'build cache': 'Deleted build cache objects',
};

/** As docker: networks alone take no room worth telling. */
function formatPruned({ types }: PruneWish, { names, space }: Gone): string {
  const sections = ([...removalOrder, 'build cache'] as const).map((type) => [titles[type], names.get(type) ?? []] as const);
  const lists = sections.filter(([, deleted]) => deleted.length > 0).map(([title, deleted]) => `${title}:\n${deleted.join('\n')}\n\n`);
  return lists.join('') + (types.join() === 'networks' ? '' : `Total reclaimed space: ${formatSize(space)}\n`);
}
