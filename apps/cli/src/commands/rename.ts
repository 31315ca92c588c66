import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';

export default function rename(): Command {
  const command = new Command('rename')
    .description('Gives a container another name.')
    .argument('<container>', 'id or name')
    .argument('<name>', 'new name')
    .action((id: string, name: string, _options: object, self: Command) =>
      withEngine(self, async (engine) => void (await engine.furtherContainers.rename({ id, name }))),
    );
  return withExamples(command, [['arcbox rename web web-old', 'make place for another']]);
}
