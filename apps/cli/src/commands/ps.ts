import type { ContainerSummary } from '@arcbox/proto/arcbox/v1/container';
import { Command, Option } from 'commander';
import type { Engine } from '../connection.ts';
import { formatAgo } from '../duration.ts';
import { withEngine } from '../engine.ts';
import { collectFilter, type Filters, toFilterJson } from '../filters.ts';
import { formatHelp, withExamples } from '../help.ts';
import { labelFields } from '../label-fields.ts';
import { type Fields, printListing } from '../listing.ts';
import { wholeNumber } from '../option-values.ts';
import { formatPorts } from '../ports.ts';
import { formatSize } from '../size.ts';
import { shortId, truncate } from '../table.ts';
import { formatCreatedAt } from '../time.ts';

interface PsOptions {
  all?: boolean;
  quiet?: boolean;
  last?: number;
  latest?: boolean;
  size?: boolean;
  filter?: Filters;
  format?: string;
  trunc: boolean;
}

export default function ps(): Command {
  const command = new Command('ps')
    .description('Lists containers: those that run, or all of them.')
    .option('-a, --all', 'also those that do not run')
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'only some: status=exited, name=web, label=a=b, ancestor=nginx …',
      ).argParser(collectFilter),
    )
    .option('--format <format>', formatHelp)
    .addOption(new Option('-n, --last <number>', 'the newest ones, in any state').argParser(wholeNumber))
    .option('-l, --latest', 'the newest one, in any state')
    .option('--no-trunc', 'whole ids and commands')
    .option('-q, --quiet', 'ids only')
    .option('-s, --size', 'how much they have written')
    .action((options: PsOptions, self: Command) => withEngine(self, (engine) => listContainers(engine, options)));
  return withExamples(command, [
    ['arcbox ps', 'what is running'],
    ['arcbox ps -a --filter status=exited', 'what has ended'],
    ["arcbox ps --format 'table {{.Names}}\\t{{.Status}}'", 'a table of your own'],
    ['arcbox rm $(arcbox ps -aq --filter status=exited)', 'remove what has ended'],
  ]);
}

async function listContainers(engine: Engine, options: PsOptions): Promise<void> {
  const { containers } = await engine.containers.list({
    all: options.all ?? false,
    limit: options.latest ? 1 : (options.last ?? 0),
    size: options.size ?? /\.Size\b/.test(options.format ?? ''),
    filters: toFilterJson(options.filter),
  });
  const columns = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];
  await printListing(containers, {
    fields: options.trunc ? fieldsOf(shortId, 20) : fieldsOf((id) => id, Infinity),
    columns: options.size ? [...columns, 'Size'] : columns,
    format: options.format,
    only: options.quiet ? 'ID' : undefined,
  });
}

function fieldsOf(formatId: (id: string) => string, commandWidth: number): Fields<ContainerSummary> {
  return {
    ID: { header: 'CONTAINER ID', value: ({ id }) => formatId(id) },
    Image: { header: 'IMAGE', value: ({ image }) => image },
    Command: { header: 'COMMAND', value: ({ command }) => `"${truncate(command, commandWidth)}"` },
    CreatedAt: { header: 'CREATED AT', value: ({ created }) => formatCreatedAt(created) },
    RunningFor: { header: 'CREATED', value: ({ created }) => formatAgo(created) },
    Ports: { header: 'PORTS', value: ({ ports }) => formatPorts(ports) },
    State: { header: 'STATE', value: ({ state }) => state },
    Status: { header: 'STATUS', value: ({ status }) => status },
    Size: { header: 'SIZE', value: formatSizes },
    Names: { header: 'NAMES', value: ({ names }) => names.map((name) => name.replace(/^\//, '')).join(',') },
    ...labelFields,
  };
}

function formatSizes({ sizeRw, sizeRootFs }: ContainerSummary): string {
  return sizeRootFs > 0n ? `${formatSize(sizeRw)} (virtual ${formatSize(sizeRootFs)})` : formatSize(sizeRw);
}
