import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deadlineExceeded } from '@arcbox/errors';

const mountPoint = '/sys/fs/cgroup';

let hierarchies: readonly string[] | undefined;

/**
 * Mount points of all cgroup hierarchies: the one of v2, or one for each
 * controller of v1 (and the v2 one of the hybrid layout).
 */
function roots(): readonly string[] {
  hierarchies ??= isUnified() ? [mountPoint] : readdirSync(mountPoint).map((name) => join(mountPoint, name));
  return hierarchies;
}

export function isUnified(): boolean {
  return existsSync(join(mountPoint, 'cgroup.controllers'));
}

/** Directory of a cgroup, as `cgroupPath` names it, for `controller`, v1 or v2. */
export function cgroupDirectory(cgroup: string, controller: string): string {
  return isUnified() ? join(mountPoint, cgroup) : join(mountPoint, controller, cgroup);
}

/** A file of a cgroup, trimmed; undefined when it is gone. */
export function readCgroup(cgroup: string, controller: string, file: string): string | undefined {
  try {
    return readFileSync(join(cgroupDirectory(cgroup, controller), file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

export function hasCgroups(cgroup: string): boolean {
  return roots().some((root) => existsSync(join(root, cgroup)));
}

/** How often, and how long between, processes that are just dying are waited for; milliseconds. */
const [attempts, pause] = [50, 4];

/** Removes a cgroup everywhere; false when processes stay in one. */
export async function removeCgroups(cgroup: string): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const left = roots().filter((root) => !removeTree(join(root, cgroup)));
    if (left.length === 0) return true;
    await sleep(pause);
  }
  return false;
}

/** A cgroup and those inside it, which the container may have made. */
function removeTree(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
  }
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(path, entry.name));
    }
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

/** How many processes the kernel has killed for want of memory. */
export function outOfMemoryKills(cgroup: string): number {
  const text = readCgroup(cgroup, 'memory', isUnified() ? 'memory.events' : 'memory.oom_control') ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** Freezes or thaws every process; returns once that is done. DEADLINE_EXCEEDED when one of them cannot be. */
export async function freeze(cgroup: string, frozen: boolean): Promise<void> {
  const file = isUnified() ? 'cgroup.freeze' : 'freezer.state';
  const wanted = isUnified() ? (frozen ? '1' : '0') : frozen ? 'FROZEN' : 'THAWED';
  for (let attempt = 0; attempt < attempts * 10; attempt++) {
    // A v1 freezer that met a process in the middle of something has to be told again.
    writeFileSync(join(cgroupDirectory(cgroup, 'freezer'), file), wanted);
    if (isFrozen(cgroup) === frozen) return;
    await sleep(pause);
  }
  throw deadlineExceeded(`cgroup ${cgroup} stays ${frozen ? 'thawed' : 'frozen'}: a process of it hangs in the kernel`);
}

function isFrozen(cgroup: string): boolean {
  if (isUnified()) return /^frozen 1$/m.test(readCgroup(cgroup, 'freezer', 'cgroup.events') ?? '');
  return readCgroup(cgroup, 'freezer', 'freezer.state') === 'FROZEN';
}

/** Pids, as the host sees them, of all processes of a cgroup and of those inside it. */
export function processesOf(cgroup: string): number[] {
  const own = (readCgroup(cgroup, 'pids', 'cgroup.procs') ?? '').split('\n').filter(Boolean).map(Number);
  return [...own, ...innerCgroups(cgroup).flatMap(processesOf)];
}

function innerCgroups(cgroup: string): string[] {
  try {
    const entries = readdirSync(cgroupDirectory(cgroup, 'pids'), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(cgroup, name));
  } catch {
    // It has just gone.
    return [];
  }
}
