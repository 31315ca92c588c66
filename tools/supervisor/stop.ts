import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { pathsFor } from '@arcbox/config';

import type { StartOptions } from '../start-options.mjs';
import { findSupervisor } from './lock.ts';
import { PidFiles, signal } from './pid-files.ts';

/** Longer than a supervisor needs: it kills what does not stop. */
const patience = 10_000;

/** `npm start -- --stop`: ends the supervisor of a root, or what one that was killed has left, and waits for that. */
export async function stopRunning({ root }: StartOptions): Promise<void> {
  const { run } = pathsFor(root);
  const pid = findSupervisor(run);
  if (pid === undefined) {
    const orphans = existsSync(run) ? await new PidFiles(run).stopOrphans() : [];
    console.log(orphans.length > 0 ? `stopped what an earlier run had left: ${orphans.join(', ')}` : `not running on ${run}`);
    return;
  }
  signal(pid, 'SIGTERM');
  for (const end = Date.now() + patience; findSupervisor(run) === pid; await sleep(20)) {
    if (Date.now() > end) throw new Error(`process ${pid} on ${run} did not stop in ${patience / 1000} s`);
  }
  console.log('stopped; running containers were left alone');
}
