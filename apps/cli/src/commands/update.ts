import { invalidArgument } from '@arcbox/errors';
import type { RestartPolicy } from '@arcbox/proto/arcbox/engine/v1/container';
import { Command, Option } from 'commander';
import { forEach } from '../each.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { restartPolicy } from '../options/lifecycle.ts';
import { addLimitOptions, furtherLimitsOf, type LimitOptions, limitsOf } from '../options/resources.ts';
import { note } from '../output.ts';

interface UpdateOptions extends LimitOptions {
  restart?: RestartPolicy;
}

export default function update(): Command {
  const command = addLimitOptions(
    new Command('update')
      .description('Changes limits and restart policy of containers, also while they run. The rest stays as it is.')
      .argument('<container...>', 'ids or names'),
  )
    .addOption(
      new Option('--restart <policy>', 'no, always, unless-stopped, on-failure[:times]').argParser(restartPolicy),
    )
    .action((names: string[], options: UpdateOptions, self: Command) => {
      if (Object.keys(options).length === 0) throw invalidArgument('say what to change; --help tells what can be');
      const change = { ...furtherLimitsOf(options), limits: limitsOf(options), restartPolicy: options.restart };
      return withEngine(self, (engine) =>
        forEach(names, async (id) => {
          const { warnings } = await engine.furtherContainers.update({ id, ...change });
          for (const warning of warnings) note(`WARNING: ${warning}`);
          return id;
        }),
      );
    });
  return withExamples(command, [
    ['arcbox update -m 1g --memory-swap 2g db', 'more memory'],
    ['arcbox update --cpus 0.5 batch', 'fewer processors'],
    ['arcbox update --restart unless-stopped web', 'come back after a crash'],
  ]);
}
