import { constants } from 'node:os';
import { Exit } from './exit.ts';

/**
 * Ctrl-C aborts the signal that `work` gets, so that it can end in order, with
 * the exit code that shells expect; a second one ends at once.
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  let exit: Exit | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    const code = 128 + constants.signals[signal];
    if (exit) process.exit(code);
    exit = new Exit(code);
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, listener);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw exit ?? error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, listener);
  }
}
