import { readClientConfig } from '@arcbox/config';
import type { CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { readEnvironment } from '../environment.ts';
import { readLabels } from '../label-file.ts';
import { collect, collectPair } from '../option-values.ts';

export type StandardStream = 'stdin' | 'stdout' | 'stderr';

/** What runs in a container, and what it is told. */
export interface ProcessOptions {
  attach?: readonly StandardStream[];
  interactive?: boolean;
  tty?: boolean;
  env?: readonly string[];
  envFile?: readonly string[];
  workdir?: string;
  user?: string;
  entrypoint?: string;
  label?: Record<string, string>;
  labelFile?: readonly string[];
  annotation?: Record<string, string>;
  /** Of `run`: nobody attaches. */
  detach?: boolean;
}

export function addProcessOptions(command: Command): Command {
  return command
    .optionsGroup('Process:')
    .option('-i, --interactive', 'pass our standard input on')
    .option('-t, --tty', 'give it a terminal')
    .addOption(
      new Option('-a, --attach <stream>', 'only connect stdin, stdout or stderr (default: all)').argParser(
        collectStream,
      ),
    )
    .addOption(
      new Option('-e, --env <NAME=value>', 'set a variable; NAME alone takes our own value').argParser(collect),
    )
    .addOption(new Option('--env-file <file>', 'variables from a file, one a line').argParser(collect))
    .option('-w, --workdir <directory>', 'directory that the command starts in')
    .option('-u, --user <user>', 'user[:group], names or ids')
    .option('--entrypoint <program>', "run this instead of the image's entrypoint; empty for none")
    .addOption(new Option('-l, --label <key=value>', 'a label').argParser(collectPair))
    .addOption(new Option('--label-file <file>', 'labels from a file, one a line').argParser(collect))
    .addOption(new Option('--annotation <key=value>', 'a remark for the runtime').argParser(collectPair));
}

function collectStream(text: string, previous: readonly StandardStream[] = []): readonly StandardStream[] {
  const stream = text.toLowerCase();
  if (stream !== 'stdin' && stream !== 'stdout' && stream !== 'stderr') {
    throw new InvalidArgumentError('It is stdin, stdout or stderr.');
  }
  return [...previous, stream];
}

/** The process as arcbox.v1 has it. */
export function processOf(options: ProcessOptions) {
  return {
    entrypoint: options.entrypoint ? [options.entrypoint] : [],
    env: readEnvironment(options, readClientConfig().variable),
    workingDir: options.workdir ?? '',
    user: options.user ?? '',
    labels: { ...readLabels(options.labelFile ?? []), ...options.label },
    tty: options.tty ?? false,
    stdinOpen: options.interactive ?? false,
  };
}

export function furtherProcessOf(options: ProcessOptions): Partial<CreateOptions> {
  return {
    clearEntrypoint: options.entrypoint === '',
    annotations: options.annotation ?? {},
    // Whoever starts it gives it its input: when they are gone, nobody will.
    stdinOnce: (options.interactive ?? false) && !options.detach,
  };
}
