import { setTimeout as sleep } from 'node:timers/promises';

import { pathsFor } from '@arcbox/config';

import type { StartOptions } from '../start-options.mjs';
import { findSupervisor } from './lock.ts';
import { PidFiles, signal } from './pid-files.ts';

/** A worker that ignores SIGTERM is killed after this; milliseconds. */
const patience = 4_000;

/** `npm start -- --restart NAME`: ends every replica of a worker, one after the other; the supervisor starts each again. */
export async function restartWorker({ root, worker }: StartOptions): Promise<void> {
  const { run } = pathsFor(root);
  if (findSupervisor(run) === undefined) throw new Error(`not running on ${run}: npm start`);
  const pids = new PidFiles(run);
  const replicas = pids.living().filter(({ name }) => name.replace(/-\d+$/, '') === worker);
  if (replicas.length === 0) throw new Error(`no ${worker} worker runs on ${run}`);
  for (const { name, pid } of replicas) {
    signal(pid, 'SIGTERM');
    const isThere = (): boolean => pids.living().some((other) => other.pid === pid);
    for (const end = Date.now() + patience; isThere(); await sleep(20)) if (Date.now() > end) signal(pid, 'SIGKILL');
    console.log(`${name} restarted`);
  }
}
