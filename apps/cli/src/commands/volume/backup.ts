import { Command } from 'commander';
import { writeArchive } from '../../archive.ts';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';

export default function backup(): Command {
  const command = new Command('backup')
    .description('Writes what a volume holds into a tar archive, with owners, links and attributes.')
    .argument('<volume>', 'its name')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .action((name: string, { output }: { output?: string }, self: Command) =>
      withEngine(self, (engine) => writeArchive(output, engine.furtherVolumes.backup({ name }))),
    );
  return withExamples(command, [
    ['arcbox volume backup -o data.tar data', 'into a file'],
    ['arcbox volume backup data | zstd > data.tar.zst', 'compressed'],
  ]);
}
