import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** A line for conmon's control fifo; false when nobody reads it: the container has ended, or its conmon has. */
export function tellMonitor(control: string, line: string): boolean {
  let fifo: number;
  try {
    fifo = openSync(control, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENXIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  try {
    writeSync(fifo, `${line}\n`);
    return true;
  } finally {
    closeSync(fifo);
  }
}
