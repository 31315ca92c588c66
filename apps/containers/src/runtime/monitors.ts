import { readdirSync, readFileSync } from 'node:fs';

/**
 * Pids of the conmon processes of this machine that were started with exactly this
 * argument. Nothing else is asked for its arguments: they are in its memory, and a
 * container can have us wait for a page of that.
 */
export function monitorsWith(argument: string): number[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const monitors = processes.filter((pid) => read(`/proc/${pid}/comm`) === 'conmon\n');
  return monitors.filter((pid) => read(`/proc/${pid}/cmdline`).split('\0').includes(argument)).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
