import { invalidArgument } from '@arcbox/errors';
import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { endWithCode, exitCodes } from '../exit.ts';
import { followExisting } from '../follow-existing.ts';
import { withExamples } from '../help.ts';
import { patience } from '../patience.ts';

interface StartOptions {
  attach?: boolean;
  interactive?: boolean;
  detachKeys?: string;
}

export default function start(): Command {
  const command = new Command('start')
    .description('Starts containers that were created or that have stopped.')
    .argument('<container...>', 'ids or names')
    .option('-a, --attach', 'show its output, pass signals on, and exit with its exit code')
    .option('-i, --interactive', 'pass our standard input on; implies --attach')
    .option('--detach-keys <keys>', 'keys that detach, such as ctrl-p,ctrl-q')
    .action((names: string[], options: StartOptions, self: Command) => {
      if (options.attach || options.interactive) return startAttached(names, options, self);
      return withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.containers.start({ id }, { deadline: patience.start });
          return id;
        }),
      );
    });
  return withExamples(command, [
    ['arcbox start web db', 'start both'],
    ['arcbox start -ai shell', 'start, and work in it'],
  ]);
}

function startAttached([name = '', ...others]: readonly string[], options: StartOptions, self: Command): Promise<void> {
  if (others.length > 0) throw invalidArgument('only one container can be attached to');
  return endWithCode(
    () => withEngine(self, (engine) => followExisting(engine, name, true, options)),
    exitCodes.failed,
  );
}
