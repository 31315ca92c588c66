import type { NetworkSummary } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { collectFilter, type Filters, toFilterMap } from '../../filters.ts';
import { formatHelp, withExamples } from '../../help.ts';
import { labelFields } from '../../label-fields.ts';
import { type Fields, printListing } from '../../listing.ts';
import { shortId } from '../../table.ts';

interface LsOptions {
  filter?: Filters;
  format?: string;
  quiet?: boolean;
  trunc: boolean;
}

export default function ls(): Command {
  const command = new Command('ls')
    .alias('list')
    .description('Lists networks.')
    .addOption(
      new Option('-f, --filter <key=value>', 'only some: driver=bridge, name=back, label=a=b, dangling=true').argParser(
        collectFilter,
      ),
    )
    .option('--format <format>', formatHelp)
    .option('--no-trunc', 'whole ids')
    .option('-q, --quiet', 'ids only')
    .action(({ filter, format, quiet, trunc }: LsOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { networks } = await engine.networks.list({ filters: toFilterMap(filter) });
        await printListing(networks, {
          fields: fieldsOf(trunc ? shortId : (id) => id),
          columns: ['ID', 'Name', 'Driver', 'Scope'],
          format,
          only: quiet ? 'ID' : undefined,
        });
      }),
    );
  return withExamples(command, [['arcbox network ls -f driver=bridge', 'only bridges']]);
}

function fieldsOf(formatId: (id: string) => string): Fields<NetworkSummary> {
  return {
    ID: { header: 'NETWORK ID', value: ({ id }) => formatId(id) },
    Name: { header: 'NAME', value: ({ name }) => name },
    Driver: { header: 'DRIVER', value: ({ driver }) => driver },
    Scope: { header: 'SCOPE', value: ({ scope }) => scope },
    Internal: { header: 'INTERNAL', value: ({ internal }) => String(internal) },
    CreatedAt: { header: 'CREATED AT', value: ({ created }) => created },
    ...labelFields,
  };
}
