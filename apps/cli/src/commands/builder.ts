import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { Exit, exitCodes } from '../exit.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { patience } from '../patience.ts';
import { confirm } from '../prompt.ts';
import { formatSize } from '../size.ts';
import build from './build.ts';

export default function builder(): Command {
  return new Command('builder').description('Builds and what they leave behind.').addCommand(build()).addCommand(prune());
}

interface PruneOptions {
  all?: boolean;
  force?: boolean;
}

function prune(): Command {
  const command = new Command('prune')
    .description('Removes cached steps of builds: those that no image shares and that were not used for a week.')
    .option('-a, --all', 'all that no build uses now')
    .option('-f, --force', 'do not ask')
    .action(async ({ all = false, force }: PruneOptions, self: Command) => {
      const question = all ? 'Remove the whole build cache?' : 'Remove what builds have not used for a week?';
      if (!force && !(await confirm(question))) throw new Exit(exitCodes.failed);
      await withEngine(self, async (engine) => {
        const { deleted, spaceReclaimed } = await engine.builds.pruneCache({ all }, { deadline: patience.prune });
        if (deleted.length > 0) await print(`Deleted build cache objects:\n${deleted.join('\n')}\n`);
        await print(`Total reclaimed space: ${formatSize(spaceReclaimed)}`);
      });
    });
  return withExamples(command, [['arcbox builder prune -af', 'all of it, without asking']]);
}
