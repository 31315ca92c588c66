import { readFileSync } from 'node:fs';
import type { Peer } from './peer.ts';

/** Milliseconds of a tick, in which the kernel counts. */
const tick = 10;

/** Milliseconds of processor time that each process of an engine has used so far; what has ended is left out. */
export function processorTimes({ processes }: Peer): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, pid] of processes?.() ?? []) {
    const fields = fieldsOf(pid);
    if (fields) found.set(name, (Number(fields[11]) + Number(fields[12])) * tick);
  }
  return found;
}

/** What /proc/<pid>/stat says after the name, beginning with the state: proc(5). */
function fieldsOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
