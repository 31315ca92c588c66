import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupsPath } from '../spec/build.ts';

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

/** Directory of a container's cgroup for `controller`, v1 or v2. */
export function cgroupDirectory(id: string, controller: string): string {
  return isUnified() ? join(mountPoint, cgroupsPath(id)) : join(mountPoint, controller, cgroupsPath(id));
}

/** A file of a cgroup, trimmed; undefined when it is gone. */
export function readCgroup(id: string, controller: string, file: string): string | undefined {
  try {
    return readFileSync(join(cgroupDirectory(id, controller), file), 'utf8').trim();
  } catch {
    return undefined;
  }
}

export function hasCgroups(id: string): boolean {
  return roots().some((root) => existsSync(join(root, cgroupsPath(id))));
}

/** How often, and how long between, processes that are just dying are waited for; milliseconds. */
const [attempts, pause] = [50, 4];

/** Removes a container's cgroups everywhere; false when processes stay in one. */
export async function removeCgroups(id: string): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const left = roots().filter((root) => !removeTree(join(root, cgroupsPath(id))));
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

/** The kernel has killed a process of the container for want of memory. */
export function hasOutOfMemoryKill(id: string): boolean {
  const text = readCgroup(id, 'memory', isUnified() ? 'memory.events' : 'memory.oom_control') ?? '';
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0;
}

/** Freezes or thaws every process; returns once that is done. */
export async function freeze(id: string, frozen: boolean): Promise<void> {
  const file = isUnified() ? 'cgroup.freeze' : 'freezer.state';
  const wanted = isUnified() ? (frozen ? '1' : '0') : frozen ? 'FROZEN' : 'THAWED';
  for (let attempt = 0; attempt < attempts * 10; attempt++) {
    // A v1 freezer that met a process in the middle of something has to be told again.
    writeFileSync(join(cgroupDirectory(id, 'freezer'), file), wanted);
    if (isFrozen(id) === frozen) return;
    await sleep(pause);
  }
  throw new Error(`cgroup of ${id} stays ${frozen ? 'thawed' : 'frozen'}`);
}

function isFrozen(id: string): boolean {
  if (isUnified()) return /^frozen 1$/m.test(readCgroup(id, 'freezer', 'cgroup.events') ?? '');
  return readCgroup(id, 'freezer', 'freezer.state') === 'FROZEN';
}

/** Pids, as the host sees them, of all processes of a container. */
export function processesOf(id: string): number[] {
  return (readCgroup(id, 'pids', 'cgroup.procs') ?? '').split('\n').filter(Boolean).map(Number);
}
