import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot (proc(5), stat field 22); undefined when it is gone. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** `pid.starttime`: names a process for ever, unlike its pid. Undefined when it is gone or a zombie. */
export function processIdentity(pid: number = process.pid): string | undefined {
  const start = startTime(pid);
  return start === undefined ? undefined : `${pid}.${start}`;
}

/** Whether the process that `identity` names still runs on this node. */
export function isAlive(identity: string): boolean {
  const [pid, start] = identity.split('.');
  return start !== undefined && startTime(Number(pid)) === start;
}
