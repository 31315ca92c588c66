import { Command } from 'commander';
import { forEach } from '../each.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { addStopOptions, type StopOptions, timeoutOf } from '../options/stop.ts';
import { patience } from '../patience.ts';

export default function stop(): Command {
  const command = addStopOptions(
    new Command('stop')
      .description('Asks containers to end, and kills those that have not after a while.')
      .argument('<container...>', 'ids or names'),
  ).action((names: string[], options: StopOptions, self: Command) =>
    withEngine(self, (engine) =>
      forEach(names, async (id) => {
        const timeoutSeconds = timeoutOf(options);
        // A container may have been given any time at all to end.
        const deadline = timeoutSeconds === undefined ? Infinity : timeoutSeconds * 1000 + patience.stop;
        await engine.furtherContainers.stop({ id, timeoutSeconds, signal: options.signal ?? '' }, { deadline });
        return id;
      }),
    ),
  );
  return withExamples(command, [
    ['arcbox stop web', 'stop one'],
    ['arcbox stop -t 60 db', 'give it a minute'],
    ['arcbox stop $(arcbox ps -q)', 'stop all'],
  ]);
}
