import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { formatHelp, withExamples } from '../help.ts';
import { formatListing, type ListingOptions, printListing } from '../listing.ts';
import { showLive } from '../stats/live-table.ts';
import { measure } from '../stats/measure.ts';
import { type Usage, usageColumns, usageFields } from '../stats/usage.ts';
import { shortId } from '../table.ts';

interface StatsOptions {
  all?: boolean;
  format?: string;
  stream: boolean;
  trunc: boolean;
}

export default function stats(): Command {
  const command = new Command('stats')
    .description('Shows what containers use of processors, memory, network and disks, until Ctrl-C.')
    .argument('[container...]', 'ids or names (default: all that run)')
    .option('-a, --all', 'also those that do not run')
    .option('--format <format>', formatHelp)
    .option('--no-stream', 'once only')
    .option('--no-trunc', 'whole ids')
    .action((names: string[], options: StatsOptions, self: Command) =>
      withEngine(self, (engine) => showStats(engine, names, options)),
    );
  return withExamples(command, [
    ['arcbox stats', 'all that run, those that start later too'],
    ['arcbox stats --no-stream web db', 'two of them, once'],
    ["arcbox stats --format '{{.Name}} {{.MemUsage}}' web", 'only the memory of one'],
  ]);
}

async function showStats(engine: Engine, names: readonly string[], options: StatsOptions): Promise<void> {
  const listing: ListingOptions<Usage> = {
    fields: usageFields(options.trunc ? shortId : (id) => id),
    columns: usageColumns,
    format: options.format,
  };
  const find = () => (names.length > 0 ? named(engine, names) : listed(engine, options.all ?? false));
  if (!options.stream) return printListing(await measure(engine, await find()), listing);
  // Without names, the engine also tells of containers that start from now on.
  const ids = names.length > 0 || options.all ? (await find()).map(({ id }) => id) : [];
  const samples = engine.furtherContainers.watchStats({ ids, intervalMilliseconds: 1_000 });
  await showLive(samples, (usages) => formatListing(usages, listing));
}

async function named(engine: Engine, names: readonly string[]): Promise<{ id: string; name: string }[]> {
  return Promise.all(names.map((id) => engine.containers.inspect({ id })));
}

async function listed(engine: Engine, all: boolean): Promise<{ id: string; name: string }[]> {
  const { containers } = await engine.containers.list({ all });
  return containers.map(({ id, names }) => ({ id, name: names[0] ?? '' }));
}
