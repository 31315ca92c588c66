import { Command } from 'commander';
import { writeArchive } from '../archive.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';

export default function exportContainer(): Command {
  const command = new Command('export')
    .description('Writes the file system of a container, running or not, into a tar archive; without its volumes.')
    .argument('<container>', 'id or name')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .action((id: string, { output }: { output?: string }, self: Command) =>
      withEngine(self, (engine) => writeArchive(output, engine.furtherContainers.export({ id }))),
    );
  return withExamples(command, [
    ['arcbox export -o web.tar web', 'into a file'],
    ['arcbox export web | tar t', 'what is in it'],
  ]);
}
