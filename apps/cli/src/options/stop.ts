import { type Command, Option } from 'commander';
import { wholeNumber } from '../option-values.ts';

/** How a container is brought to its end. */
export interface StopOptions {
  timeout?: number;
  /** The name that docker once had for it. */
  time?: number;
  signal?: string;
}

export function addStopOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-t, --timeout <seconds>',
        "how long to wait before killing (default: the container's own, 10)",
      ).argParser(wholeNumber),
    )
    .addOption(new Option('--time <seconds>').argParser(wholeNumber).hideHelp())
    .option('-s, --signal <signal>', "what to send first (default: the container's stop signal)");
}

/** Seconds; undefined leaves it to the container. */
export const timeoutOf = ({ timeout, time }: StopOptions): number | undefined => timeout ?? time;
