import { Command, Option } from 'commander';
import { withEngine } from '../../engine.ts';
import { withExamples } from '../../help.ts';
import { collectPair } from '../../option-values.ts';
import { print } from '../../output.ts';

interface CreateOptions {
  driver: string;
  opt?: Record<string, string>;
  label?: Record<string, string>;
}

export default function create(): Command {
  const command = new Command('create')
    .description('Makes a volume.')
    .argument('[name]', 'name of the volume (default: one is made up)')
    .option('-d, --driver <driver>', 'who keeps it', 'local')
    .addOption(new Option('-o, --opt <key=value>', 'option of the driver: type, device, o').argParser(collectPair))
    .addOption(new Option('--label <key=value>', 'a label').argParser(collectPair))
    .action((name: string | undefined, { driver, opt = {}, label = {} }: CreateOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const volume = await engine.volumes.create({ name: name ?? '', driver, driverOpts: opt, labels: label });
        await print(volume.name);
      }),
    );
  return withExamples(command, [
    ['arcbox volume create data', 'a volume of that name'],
    ['arcbox run -v data:/var/lib/data app', 'use it'],
    ['arcbox volume create -o type=tmpfs -o device=tmpfs -o o=size=64m fast', 'in memory'],
  ]);
}
