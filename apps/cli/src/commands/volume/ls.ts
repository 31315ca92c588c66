import type { VolumeInfo } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { collectFilter, type Filters, toFilterMap } from '../../filters.ts';
import { formatHelp, withExamples } from '../../help.ts';
import { labelFields } from '../../label-fields.ts';
import { type Fields, printListing } from '../../listing.ts';
import { note } from '../../output.ts';

interface LsOptions {
  filter?: Filters;
  format?: string;
  quiet?: boolean;
}

export default function ls(): Command {
  const command = new Command('ls')
    .alias('list')
    .description('Lists volumes.')
    .addOption(
      new Option('-f, --filter <key=value>', 'only some: dangling=true, driver=local, name=data, label=a=b').argParser(
        collectFilter,
      ),
    )
    .option('--format <format>', formatHelp)
    .option('-q, --quiet', 'names only')
    .action(({ filter, format, quiet }: LsOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { volumes, warnings } = await engine.volumes.list({ filters: toFilterMap(filter) });
        for (const warning of warnings) note(`WARNING: ${warning}`);
        await printListing(volumes, { fields, columns: ['Driver', 'Name'], format, only: quiet ? 'Name' : undefined });
      }),
    );
  return withExamples(command, [['arcbox volume ls -f dangling=true', 'those that no container uses']]);
}

const fields: Fields<VolumeInfo> = {
  Driver: { header: 'DRIVER', value: ({ driver }) => driver },
  Name: { header: 'VOLUME NAME', value: ({ name }) => name },
  Mountpoint: { header: 'MOUNTPOINT', value: ({ mountpoint }) => mountpoint },
  Scope: { header: 'SCOPE', value: ({ scope }) => scope },
  CreatedAt: { header: 'CREATED AT', value: ({ created }) => created },
  ...labelFields,
};
