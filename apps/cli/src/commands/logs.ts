import type { ReadLogsResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { momentNano } from '../option-values.ts';
import { write } from '../output.ts';
import { formatTimeUtc } from '../time.ts';

interface LogsOptions {
  follow?: boolean;
  tail: string;
  timestamps?: boolean;
  since?: bigint;
  until?: bigint;
  details?: boolean;
}

export default function logs(): Command {
  const command = new Command('logs')
    .description('Shows what a container has printed: its standard output on ours, its standard error on ours.')
    .argument('<container>', 'id or name')
    .option('-f, --follow', 'stay, and show what comes, until the container ends')
    .option('-n, --tail <lines>', 'only the last lines: a number, or all', 'all')
    .option('-t, --timestamps', 'begin each line with its time')
    .option('--details', 'begin each line with what the log keeps besides: nothing but a blank')
    .addOption(new Option('--since <time>', 'from a time on, or since how long ago (10m)').argParser(momentNano))
    .addOption(new Option('--until <time>', 'up to a time, or how long ago (10m)').argParser(momentNano))
    .action((containerId: string, options: LogsOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const responses = engine.furtherContainers.readLogs({
          id: containerId,
          follow: options.follow ?? false,
          since: options.since ?? 0n,
          until: options.until ?? 0n,
          tail: options.tail,
          times: Boolean(options.timestamps || options.details),
        });
        await printLog(responses, options);
      }),
    );
  return withExamples(command, [
    ['arcbox logs web', 'everything so far'],
    ['arcbox logs -f -n 10 web', 'the last ten lines and all that follow'],
    ['arcbox logs --since 10m -t web', 'the last ten minutes, with times'],
  ]);
}

/** Bytes go out as they are; a long line comes in several pieces and has one time. */
async function printLog(responses: AsyncIterable<ReadLogsResponse>, { timestamps, details }: LogsOptions): Promise<void> {
  const withinLine = { stdout: false, stderr: false };
  for await (const { pieces } of responses) {
    for (const { stderr, data, time } of pieces) {
      const name = stderr ? 'stderr' : 'stdout';
      const head = withinLine[name] ? '' : `${timestamps ? `${formatTimeUtc(time)} ` : ''}${details ? ' ' : ''}`;
      withinLine[name] = data.at(-1) !== 0x0a;
      await write(process[name], head);
      await write(process[name], data);
    }
  }
}
