import { Command } from 'commander';
import { forEach } from '../each.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { addStopOptions, type StopOptions, timeoutOf } from '../options/stop.ts';
import { patience } from '../patience.ts';

export default function restart(): Command {
  const command = addStopOptions(
    new Command('restart')
      .description('Stops containers and starts them again; those that do not run are started.')
      .argument('<container...>', 'ids or names'),
  ).action((names: string[], options: StopOptions, self: Command) =>
    withEngine(self, (engine) =>
      forEach(names, async (id) => {
        const timeoutSeconds = timeoutOf(options);
        const deadline = timeoutSeconds === undefined ? Infinity : timeoutSeconds * 1000 + patience.start;
        await engine.furtherContainers.restart({ id, timeoutSeconds, signal: options.signal ?? '' }, { deadline });
        return id;
      }),
    ),
  );
  return withExamples(command, [
    ['arcbox restart web', 'stop and start one'],
    ['arcbox restart -t 0 web', 'without waiting for it to end by itself'],
  ]);
}
