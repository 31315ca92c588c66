import { invalidArgument } from '@arcbox/errors';
import type { HealthCheck } from '@arcbox/proto/arcbox/engine/v1/container';
import { type Command, Option } from 'commander';
import { nanoseconds, wholeNumber } from '../option-values.ts';

/** How to tell whether a container works. */
export interface HealthOptions {
  healthCmd?: string;
  healthInterval?: bigint;
  healthTimeout?: bigint;
  healthStartPeriod?: bigint;
  healthStartInterval?: bigint;
  healthRetries?: number;
  /** False with `--no-healthcheck`. */
  healthcheck: boolean;
}

export function addHealthOptions(command: Command): Command {
  const duration = (flags: string, meaning: string): Option => new Option(flags, meaning).argParser(nanoseconds);
  return command
    .optionsGroup('Health:')
    .option('--health-cmd <command>', 'command of a shell inside that succeeds while all is well')
    .addOption(duration('--health-interval <duration>', 'time between two checks (default: 30s)'))
    .addOption(duration('--health-timeout <duration>', 'time that a check may take (default: 30s)'))
    .addOption(duration('--health-start-period <duration>', 'time after the start in which failures do not count'))
    .addOption(duration('--health-start-interval <duration>', 'time between two checks in it (default: 5s)'))
    .addOption(
      new Option('--health-retries <number>', 'failures in a row that make it unhealthy (default: 3)').argParser(
        wholeNumber,
      ),
    )
    .option('--no-healthcheck', 'not even the check of the image');
}

/** Undefined leaves it to the image. What the request leaves out is the image's, or the default. */
export function healthOf(options: HealthOptions): HealthCheck | undefined {
  const check = {
    test: options.healthCmd === undefined ? [] : ['CMD-SHELL', options.healthCmd],
    intervalNanos: options.healthInterval ?? 0n,
    timeoutNanos: options.healthTimeout ?? 0n,
    startPeriodNanos: options.healthStartPeriod ?? 0n,
    startIntervalNanos: options.healthStartInterval ?? 0n,
    retries: options.healthRetries ?? 0,
  };
  const { test, ...others } = check;
  const given = test.length > 0 || Object.values(others).some((value) => Number(value) !== 0);
  if (options.healthcheck) return given ? check : undefined;
  if (given) throw invalidArgument('--no-healthcheck conflicts with --health-* options');
  return { ...check, test: ['NONE'] };
}
