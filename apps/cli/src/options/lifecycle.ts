import { invalidArgument } from '@arcbox/errors';
import type { CreateOptions, LogOptions, RestartPolicy } from '@arcbox/proto/arcbox/engine/v1/container';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collectPair, wholeNumber } from '../option-values.ts';
import { parseDecimalSize } from '../size.ts';

/** From the image to the removal of a container. */
export interface LifecycleOptions {
  name?: string;
  rm?: boolean;
  restart?: RestartPolicy;
  stopSignal?: string;
  stopTimeout?: number;
  init?: boolean;
  logDriver?: string;
  logOpt?: Record<string, string>;
  pull: 'always' | 'missing' | 'never';
  platform?: string;
  quiet?: boolean;
  cidfile?: string;
}

export function addLifecycleOptions(command: Command): Command {
  return command
    .optionsGroup('Life:')
    .option('--name <name>', 'name of the container (default: one is made up)')
    .option('--rm', 'remove it when it has ended')
    .addOption(
      new Option('--restart <policy>', 'when it ends: no, always, unless-stopped, on-failure[:times]').argParser(
        restartPolicy,
      ),
    )
    .option('--stop-signal <signal>', "what stop sends first (default: the image's, TERM)")
    .addOption(
      new Option('--stop-timeout <seconds>', 'how long stop waits before it kills (default: 10)').argParser(wholeNumber),
    )
    .option('--init', 'a small first process that reaps others and passes signals on')
    .option('--log-driver <driver>', 'local (also called json-file): bounded files; none: keep no output')
    .addOption(
      new Option('--log-opt <key=value>', 'max-size=10m of a file, max-file=3 of them').argParser(collectPair),
    )
    .addOption(
      new Option('--pull <when>', 'fetch the image').choices(['always', 'missing', 'never']).default('missing'),
    )
    .option('--platform <platform>', 'os/arch[/variant] of the image')
    .option('-q, --quiet', 'fetch the image without a word')
    .option('--cidfile <file>', 'write the id of the container to a new file');
}

/** Reads `always`, `on-failure:3`. */
export function restartPolicy(text: string): RestartPolicy {
  const [name = '', times, ...rest] = text.split(':');
  if (!['no', 'always', 'unless-stopped', 'on-failure'].includes(name) || rest.length > 0) {
    throw new InvalidArgumentError('Write no, always, unless-stopped or on-failure[:times].');
  }
  if (times !== undefined && name !== 'on-failure') throw new InvalidArgumentError('Only on-failure takes a number.');
  return { name, maximumRetries: times === undefined ? 0 : wholeNumber(times) };
}

export function lifecycleOf(options: LifecycleOptions): Partial<CreateOptions> {
  const { restart, rm } = options;
  if (rm && restart && restart.name !== 'no') {
    throw invalidArgument('--rm and --restart exclude each other');
  }
  return {
    restartPolicy: restart,
    stopSignal: options.stopSignal ?? '',
    stopTimeoutSeconds: options.stopTimeout,
    init: options.init,
    log: logOf(options),
    platform: options.platform ?? '',
  };
}

function logOf({ logDriver, logOpt = {} }: LifecycleOptions): LogOptions | undefined {
  if (logDriver === undefined && Object.keys(logOpt).length === 0) return undefined;
  const { 'max-size': size, 'max-file': files, ...others } = logOpt;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalidArgument(`there is no log option ${unknown}; there are max-size and max-file`);
  const bytes = size === undefined ? 0n : parseDecimalSize(size);
  if (bytes === undefined) throw invalidArgument(`cannot read max-size ${size ?? ''}: write 10m`);
  if (files !== undefined && !/^[1-9]\d{0,4}$/.test(files)) {
    throw invalidArgument(`cannot read max-file ${files}: write a number above zero`);
  }
  const driver = logDriver === 'json-file' ? 'local' : (logDriver ?? '');
  return { driver, maxBytes: bytes, maxFiles: Number(files ?? 0) };
}
