import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { unreadBytes } from '@arcbox/linux';

/** A monitor that has not read the line before by then gets the next one all the same; milliseconds. */
const patience = 2_000;

/** The last line for each fifo, until it is written. */
const turns = new Map<string, Promise<unknown>>();

/**
 * A line for conmon's control fifo; false when nobody reads it: the container has
 * ended, or its conmon has. Lines go one by one: conmon takes two that it reads
 * at once for the first of them, twice.
 */
export function tellMonitor(control: string, line: string): Promise<boolean> {
  const before = turns.get(control) ?? Promise.resolve();
  const telling = before.then(() => tell(control, line));
  const done = telling.catch(() => {}).then(() => void (turns.get(control) === done && turns.delete(control)));
  turns.set(control, done);
  return telling;
}

async function tell(control: string, line: string): Promise<boolean> {
  let fifo: number;
  try {
    fifo = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENXIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  try {
    for (const until = Date.now() + patience; unreadBytes(fifo) > 0 && Date.now() < until; ) await sleep(2);
    writeSync(fifo, `${line}\n`);
    return true;
  } finally {
    closeSync(fifo);
  }
}
