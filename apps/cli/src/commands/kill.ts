import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { forEach } from '../each.ts';
import { withExamples } from '../help.ts';

export default function kill(): Command {
  const command = new Command('kill')
    .description('Sends a signal to the main process of containers.')
    .argument('<container...>', 'ids or names')
    .option('-s, --signal <signal>', 'name or number: HUP, SIGTERM, 9', 'KILL')
    .action((names: string[], { signal }: { signal: string }, self: Command) =>
      withEngine(self, (engine) =>
        forEach(names, async (id) => {
          await engine.containers.kill({ id, signal });
          return id;
        }),
      ),
    );
  return withExamples(command, [
    ['arcbox kill web', 'end it at once'],
    ['arcbox kill -s HUP web', 'have it read its configuration again'],
  ]);
}
