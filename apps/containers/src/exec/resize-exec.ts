import { closeSync, constants, openSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import { resizeTerminal, type TerminalSize } from '@arcbox/linux';
import { isAlive } from '@arcbox/store';
import type { Execs } from './execs.ts';

/** Sets the size of a process's terminal, whichever replica started it: its runtime holds the other end. */
export function resizeExec(execs: Execs, reference: string, size: TerminalSize): void {
  const { id, run, command } = execs.find(reference);
  if (!command.tty) throw failedPrecondition(`exec ${id.slice(0, 12)} has no terminal`);
  if (!run?.runtime || !isAlive(run.runtime)) throw failedPrecondition(`exec ${id.slice(0, 12)} is not running`);
  const pid = Number(run.runtime.split('.')[0]);
  const terminal = openSync(`/proc/${pid}/fd/0`, constants.O_RDWR | constants.O_NOCTTY);
  try {
    resizeTerminal(terminal, size);
  } finally {
    closeSync(terminal);
  }
  process.kill(pid, 'SIGWINCH');
}
