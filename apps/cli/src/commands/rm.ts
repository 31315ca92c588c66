import { messageOf } from '@arcbox/errors';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { isFailure, toEngineError } from '../failure.ts';
import { withExamples } from '../help.ts';
import { complain } from '../output.ts';
import { patience } from '../patience.ts';

interface RmOptions {
  force?: boolean;
  volumes?: boolean;
}

export default function rm(): Command {
  const command = new Command('rm')
    .alias('remove')
    .description('Removes containers that do not run.')
    .argument('<container...>', 'ids or names')
    .option('-f, --force', 'also those that run: kill them first')
    .option('-v, --volumes', 'also their anonymous volumes')
    .action((names: string[], { force = false, volumes = false }: RmOptions, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, (id) => remove(engine, id, { force, volumes })),
      ),
    );
  return withExamples(command, [
    ['arcbox rm web', 'remove one'],
    ['arcbox rm -f web', 'even if it runs'],
    ['arcbox rm $(arcbox ps -aq --filter status=exited)', 'remove all that have ended'],
  ]);
}

/** With force, one that is not there is told, and no failure. */
async function remove(engine: Engine, id: string, options: Required<RmOptions>): Promise<string | undefined> {
  try {
    await engine.containers.remove({ id, ...options }, { deadline: patience.remove });
    return id;
  } catch (error) {
    if (!options.force || !isFailure(error, 'not-found')) throw error;
    complain(messageOf(toEngineError(error)));
    return undefined;
  }
}
