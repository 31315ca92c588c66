import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { belongsTo } from '../runtime/end-all.ts';
import { monitorsWith } from '../runtime/monitors.ts';
import { killGroup } from './kill-group.ts';

/** How the directory of a check begins, in the bundle of its container. */
export const probePrefix = 'health-';

/** Kills what is left of checks whose worker was killed: their results would reach nobody. */
export function endLeftProbes(id: string, bundle: string): void {
  if (!existsSync(bundle)) return;
  for (const name of readdirSync(bundle)) {
    if (name.startsWith(probePrefix)) endLeftProbe(id, join(bundle, name));
  }
}

/** The monitor first: with it goes a runtime still at work. */
function endLeftProbe(id: string, directory: string): void {
  for (const pid of monitorsWith(`--exec-process-spec=${join(directory, 'process.json')}`)) killGroup(pid);
  const pid = Number(read(join(directory, 'pid')));
  if (pid > 0 && belongsTo(id, pid)) killGroup(pid);
  rmSync(directory, { recursive: true, force: true });
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
