import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';
import { addRefused, refusedPlatform } from '../options/refused.ts';
import { patience } from '../patience.ts';

interface RmiOptions {
  force?: boolean;
  prune: boolean;
}

export default function rmi(): Command {
  const command = new Command('rmi')
    .description('Takes names off images, and deletes those that have none left.')
    .argument('<image...>', 'names or ids')
    .option('-f, --force', 'also when a stopped container uses it, or when an id has several names')
    .option('--no-prune', 'keep parents that have no name')
    .action((names: string[], { force = false, prune }: RmiOptions, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          const { deleted, untagged } = await engine.images.remove(
            { id, force, pruneParents: prune },
            { deadline: patience.remove },
          );
          const lines = [...untagged.map((name) => `Untagged: ${name}`), ...deleted.map((gone) => `Deleted: ${gone}`)];
          return lines.length > 0 ? lines.join('\n') : undefined;
        }),
      ),
    );
  addRefused(command, [refusedPlatform]);
  return withExamples(command, [
    ['arcbox rmi app:old', 'remove a name, and with the last one the image'],
    ['arcbox rmi $(arcbox images -q -f dangling=true)', 'remove images without a name'],
  ]);
}
