import type { Migration } from '@arcbox/proto/arcbox/engine/v1/migration';
import { Command } from 'commander';
import { withEngine } from '../../engine.ts';
import { formatHelp, withExamples } from '../../help.ts';
import { type Fields, printListing } from '../../listing.ts';
import { stateNames } from '../../migration/states.ts';

interface LsOptions {
  format?: string;
  quiet?: boolean;
}

export default function ls(): Command {
  const command = new Command('ls')
    .alias('list')
    .description('Lists migrations, those that run and those that have ended, the newest first.')
    .option('--format <format>', formatHelp)
    .option('-q, --quiet', 'plans only')
    .action(({ format, quiet }: LsOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { migrations } = await engine.furtherMigration.listMigrations({});
        await printListing(migrations, {
          fields,
          columns: ['Plan', 'Source', 'Socket', 'State', 'Phase', 'CreatedAt'],
          format,
          only: quiet ? 'Plan' : undefined,
        });
      }),
    );
  return withExamples(command, [["arcbox migrate ls --format '{{.Plan}} {{.State}} {{.Message}}'", 'what became of them']]);
}

const fields: Fields<Migration> = {
  Plan: { header: 'PLAN', value: ({ planId }) => planId },
  Source: { header: 'SOURCE', value: ({ sourceKind }) => sourceKind },
  Socket: { header: 'SOCKET', value: ({ sourceSocketPath }) => sourceSocketPath },
  State: { header: 'STATE', value: ({ state }) => stateNames[state] },
  Phase: { header: 'PHASE', value: ({ phase }) => phase },
  Message: { header: 'MESSAGE', value: ({ message }) => message },
  CreatedAt: { header: 'CREATED AT', value: ({ created }) => created },
};
