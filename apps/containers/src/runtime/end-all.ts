import { readFileSync } from 'node:fs';
import { isAlive } from '@arcbox/store';
import type { Bundle } from './bundle.ts';

/** Kills conmon and container of a run that nobody wants; conmon first: with it goes a runtime still at work. */
export function endAll(id: string, bundle: Bundle): void {
  const { monitor } = bundle;
  if (monitor !== undefined && isAlive(monitor)) process.kill(Number(monitor.split('.')[0]), 'SIGKILL');
  const pid = bundle.readPid();
  if (pid !== undefined && belongsTo(id, pid)) process.kill(pid, 'SIGKILL');
}

/** A pid in an old file may be anybody's by now; the cgroup tells. */
function belongsTo(id: string, pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(id);
  } catch {
    return false;
  }
}
