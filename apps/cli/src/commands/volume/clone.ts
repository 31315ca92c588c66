import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { collectPair } from '../../option-values.ts';
import { print } from '../../output.ts';

export default function clone(): Command {
  const command = new Command('clone')
    .description('Makes a new volume with the content of another.')
    .argument('<volume>', 'the one to copy')
    .argument('<name>', 'name of the new one')
    .addOption(new Option('--label <key=value>', 'a label of the new one').argParser(collectPair))
    .action((source: string, name: string, { label = {} }: { label?: Record<string, string> }, self: Command) =>
      withEngine(self, async (engine) => {
        await engine.furtherVolumes.clone({ source, name, labels: label }, { deadline: Infinity });
        await print(name);
      }),
    );
  return withExamples(command, [['arcbox volume clone data data-before-upgrade', 'a copy to go back to']]);
}
