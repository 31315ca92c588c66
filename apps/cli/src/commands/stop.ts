import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';
import { wholeNumber } from '../option-values.ts';
import { patience } from '../patience.ts';

interface StopOptions {
  time?: number;
  signal?: string;
}

export default function stop(): Command {
  const command = new Command('stop')
    .description('Asks containers to end, and kills those that have not after a while.')
    .argument('<container...>', 'ids or names')
    .addOption(
      new Option(
        '-t, --time <seconds>',
        "how long to wait before killing (default: the container's own, 10)",
      ).argParser(wholeNumber),
    )
    .option('-s, --signal <signal>', "what to send first (default: the container's stop signal)")
    .action((names: string[], { time, signal = '' }: StopOptions, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          // A container may have been given any time at all to end.
          const deadline = time === undefined ? Infinity : time * 1000 + patience.stop;
          await engine.furtherContainers.stop({ id, timeoutSeconds: time, signal }, { deadline });
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
