import type { GetDiskUsageResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import { Command } from 'commander';
import { detailsForTemplates, formatDetails } from '../disk-usage/details.ts';
import { summarise, summaryColumns, summaryFields } from '../disk-usage/summary.ts';
import { withEngine } from '../engine.ts';
import { formatHelp, withExamples } from '../help.ts';
import { toJson } from '../json-text.ts';
import { formatListing } from '../listing.ts';
import { write } from '../output.ts';
import { patience } from '../patience.ts';
import { parseTemplate } from '../template/template.ts';

interface DfOptions {
  format?: string;
  verbose?: boolean;
}

export default function df(): Command {
  const command = new Command('df')
    .description('Shows what images, containers, volumes and the build cache take of the disk, and how much of it could come back.')
    .option('--format <format>', formatHelp)
    .option('-v, --verbose', 'each image, container, volume and part of the cache')
    .action((options: DfOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const usage = await engine.furtherSystem.getDiskUsage({}, { deadline: patience.diskUsage });
        await write(process.stdout, formatUsage(usage, options));
      }),
    );
  return withExamples(command, [
    ['arcbox system df', 'sums'],
    ['arcbox system df -v', 'what each takes, alone and shared'],
    ["arcbox system df --format '{{.Type}} {{.Reclaimable}}'", 'what could come back'],
  ]);
}

function formatUsage(usage: GetDiskUsageResponse, { format = 'table', verbose = false }: DfOptions): string {
  if (!verbose) return formatListing(summarise(usage), { fields: summaryFields, columns: summaryColumns, format });
  if (format === 'table') return formatDetails(usage);
  const print = format === 'json' ? toJson : parseTemplate(format);
  return `${print(detailsForTemplates(usage))}\n`;
}
