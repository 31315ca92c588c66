import { Command } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { printInspected } from '../../inspect/print.ts';
import { volumeToDocker } from '../../inspect/volume.ts';

export default function inspect(): Command {
  const command = new Command('inspect')
    .description('Shows everything known about volumes.')
    .argument('<volume...>', 'names')
    .option('-f, --format <format>', 'json, or a Go template such as {{.Mountpoint}}')
    .action((names: string[], { format }: { format?: string }, self: Command) =>
      withEngine(self, (engine) =>
        printInspected(names, format, async (name) => volumeToDocker(await engine.volumes.inspect({ name }))),
      ),
    );
  return withExamples(command, [["arcbox volume inspect -f '{{.Mountpoint}}' data", 'where it is on the host']]);
}
