import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { endWithCode, exitCodes } from '../exit.ts';
import { followExisting } from '../follow-existing.ts';
import { withExamples } from '../help.ts';

interface AttachOptions {
  stdin: boolean;
  detachKeys: string;
  sigProxy: boolean;
}

export default function attach(): Command {
  const command = new Command('attach')
    .description(
      'Shows the output of a running container from now on, passes input and signals on, exits with its exit code.',
    )
    .argument('<container>', 'id or name')
    .option('--no-stdin', 'do not pass our standard input on')
    .option('--detach-keys <keys>', 'keys that detach', 'ctrl-p,ctrl-q')
    .option('--sig-proxy', 'pass signals on; --sig-proxy=false keeps them', true)
    .addOption(new Option('--no-sig-proxy').hideHelp())
    .action((id: string, { stdin, ...options }: AttachOptions, self: Command) =>
      endWithCode(
        () => withEngine(self, (engine) => followExisting(engine, id, false, { ...options, interactive: stdin })),
        exitCodes.failed,
      ),
    );
  return withExamples(command, [
    ['arcbox attach shell', 'back to where ctrl-p ctrl-q left'],
    ['arcbox attach --sig-proxy=false web', 'only look; Ctrl-C leaves it alone'],
  ]);
}
