import type { HistoryEntry } from '@arcbox/proto/arcbox/engine/v1/image';
import { Command, Option } from 'commander';
import { formatAgo } from '../duration.ts';
import { withEngine } from '../engine.ts';
import { formatHelp, withExamples } from '../help.ts';
import { type Fields, printListing } from '../listing.ts';
import { yesOrNo } from '../option-values.ts';
import { addRefused, refusedPlatform } from '../options/refused.ts';
import { formatSize } from '../size.ts';
import { shortId, truncate } from '../table.ts';
import { formatCreatedAt } from '../time.ts';

interface HistoryOptions {
  format?: string;
  human: boolean;
  quiet?: boolean;
  trunc: boolean;
}

export default function history(): Command {
  const command = new Command('history')
    .description('Shows how an image was made, the last step first.')
    .argument('<image>', 'name or id')
    .option('--format <format>', formatHelp)
    .addOption(
      new Option('-H, --human [true|false]', 'sizes and times for people').argParser(yesOrNo).preset('true').default(true),
    )
    .option('--no-trunc', 'whole ids and commands')
    .option('-q, --quiet', 'ids only')
    .action((image: string, options: HistoryOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { entries } = await engine.imageStore.history({ image });
        await printListing(entries, {
          fields: fieldsOf(options),
          columns: ['ID', options.human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'],
          format: options.format,
          only: options.quiet ? 'ID' : undefined,
        });
      }),
    );
  addRefused(command, [refusedPlatform]);
  return withExamples(command, [
    ['arcbox history app', 'its steps with their sizes'],
    ["arcbox history --no-trunc --format '{{.CreatedBy}}' app", 'the whole commands'],
  ]);
}

function fieldsOf({ human, trunc }: HistoryOptions): Fields<HistoryEntry> {
  return {
    ID: { header: 'IMAGE', value: ({ id }) => (trunc ? shortId(id) : id) },
    CreatedSince: { header: 'CREATED', value: ({ created }) => since(created) },
    CreatedAt: { header: 'CREATED AT', value: ({ created }) => (isKnown(created) ? at(created, human) : 'N/A') },
    CreatedBy: {
      header: 'CREATED BY',
      value: ({ createdBy }) => {
        const line = createdBy.replaceAll('\t', ' ');
        return trunc ? truncate(line.replace(/\s+/g, ' '), 45) : line;
      },
    },
    Size: { header: 'SIZE', value: ({ size }) => (human ? formatSize(size) : String(size)) },
    Comment: { header: 'COMMENT', value: ({ comment }) => comment },
  };
}

/** The zero time of Go stands for a time that nobody knows. */
const isKnown = (created: string): boolean => created !== '' && !created.startsWith('0001-01-01');

const since = (created: string): string => (isKnown(created) ? formatAgo(Date.parse(created) / 1000) : 'N/A');

const at = (created: string, human: boolean): string =>
  human ? formatCreatedAt(Math.floor(Date.parse(created) / 1000)) : created;
