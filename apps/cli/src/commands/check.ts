import { dataLoss } from '@arcbox/errors';
import type { StoreSummary } from '@arcbox/proto/arcbox/engine/v1/image';
import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { Exit, exitCodes } from '../exit.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { formatSize } from '../size.ts';

export default function check(): Command {
  const command = new Command('check')
    .description(
      'Walks the whole image store and prints what its records, blobs, layers and roots disagree about, a line each.\n' +
        'Changes nothing. Exits with 1 when there is a problem.',
    )
    .option('--verify', 'read every blob and compare it with its digest; takes as long as the disk needs')
    .action(({ verify = false }: { verify?: boolean }, self: Command) =>
      withEngine(self, async (engine) => {
        let summary: StoreSummary | undefined;
        for await (const { finding } of engine.imageStore.check({ verifyContent: verify })) {
          if (finding?.$case === 'problem') await print(`${finding.value.object}: ${finding.value.problem}`);
          if (finding?.$case === 'summary') summary = finding.value;
        }
        if (!summary) throw dataLoss('the engine stopped before everything was looked at');
        await print(formatSummary(summary));
        if (summary.problems > 0) throw new Exit(exitCodes.failed);
      }),
    );
  return withExamples(command, [
    ['arcbox system check', 'what should be there is there'],
    ['arcbox system check --verify', 'and is what it was'],
  ]);
}

function formatSummary({ names, images, blobs, blobBytes, layers, roots, problems }: StoreSummary): string {
  const parts = [
    count(names, 'name'),
    count(images, 'image'),
    `${count(blobs, 'blob')} (${formatSize(blobBytes)})`,
    count(layers, 'layer'),
    count(roots, 'root'),
  ];
  return `Checked ${parts.join(', ')}: ${problems === 0 ? 'no problems' : count(problems, 'problem')}`;
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
