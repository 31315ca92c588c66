import { readFileSync } from 'node:fs';
import { isAlive } from '@arcbox/store';
import type { Bundle } from './bundle.ts';
import { monitorsWith } from './monitors.ts';

/** Kills conmon and container of a run that nobody wants; conmon first: with it goes a runtime still at work. */
export function endAll(id: string, bundle: Bundle): void {
  for (const pid of monitorsOf(id, bundle)) kill(pid);
  const pid = bundle.readPid();
  if (pid !== undefined && belongsTo(id, pid)) kill(pid);
}

/** A pid in an old file may be anybody's by now; the cgroup tells. */
export function belongsTo(id: string, pid: number): boolean {
  return read(`/proc/${pid}/cgroup`).includes(id);
}

/** The conmon of the bundle; one whose worker died before it could note it is found by its command line. */
function monitorsOf(id: string, { monitor }: Bundle): number[] {
  if (monitor !== undefined && isAlive(monitor)) return [Number(monitor.split('.')[0])];
  return monitorsWith(`--cid=${id}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
