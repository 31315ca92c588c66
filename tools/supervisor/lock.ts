import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { isAlive, processIdentity } from '@arcbox/store';

import { openOwn, readOwn } from './own-file.ts';

/** Another supervisor holds this root. */
export class AlreadyRunning extends Error {
  constructor(run: string, pid: number) {
    super(`already running on ${run}, as process ${pid}`);
    this.name = 'AlreadyRunning';
  }
}

const lockFile = (run: string): string => join(run, 'supervisor.pid');

/**
 * Makes this process the only supervisor of a root, until it ends in whatever way.
 *
 * The lock is the kernel's (flock), taken by util-linux's `flock` on a descriptor it shares with us, so a supervisor
 * that was killed leaves nothing that a second one could mistake.
 */
export function lockRoot(run: string): Disposable {
  const path = lockFile(run);
  const descriptor = openOwn(path, constants.O_CREAT | constants.O_RDWR);
  const { status, error } = spawnSync('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
  const running = findSupervisor(run);
  if (error ? running !== undefined : status !== 0) {
    closeSync(descriptor);
    throw new AlreadyRunning(run, running ?? 0);
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, processIdentity() ?? '', 0);
  return {
    [Symbol.dispose]() {
      ftruncateSync(descriptor);
      closeSync(descriptor);
    },
  };
}

/** The process id of the supervisor of a root, undefined when none runs. */
export function findSupervisor(run: string): number | undefined {
  const identity = readOwn(lockFile(run));
  return identity && isAlive(identity) ? Number.parseInt(identity, 10) : undefined;
}
