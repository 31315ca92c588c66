import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isAlive, processIdentity } from '@arcbox/store';

import { makeOwnDirectory, readOwn, writeOwn } from './own-file.ts';

/**
 * Which process is which worker: `<run>/pids/<name>.pid`, read by a later supervisor and by `--restart`. Beside it,
 * `<name>.ended` is how the one before came to an end that it should not have come to, for `arcbox doctor`.
 */
export class PidFiles {
  readonly #directory: string;

  constructor(run: string) {
    this.#directory = join(run, 'pids');
    makeOwnDirectory(this.#directory);
  }

  write(name: string, pid: number): void {
    // A process that is gone already has no identity, and needs no file.
    const identity = processIdentity(pid);
    if (identity) writeOwn(this.#path(name), identity, { mode: 0o644 });
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  noteEnd(name: string, how: string): void {
    try {
      writeOwn(join(this.#directory, `${name}.ended`), how, { mode: 0o644 });
    } catch {
      // A full disk: the log has it, if anything has.
    }
  }

  /** What runs, name and process id. Forgets what does not. */
  living(): { name: string; pid: number }[] {
    return readdirSync(this.#directory)
      .filter((file) => file.endsWith('.pid'))
      .flatMap((file) => {
        const name = file.slice(0, -'.pid'.length);
        const identity = readOwn(this.#path(name));
        if (identity && isAlive(identity)) return [{ name, pid: Number.parseInt(identity, 10) }];
        this.remove(name);
        return [];
      });
  }

  /**
   * Stops the workers that a killed supervisor left behind: two of one name would share a socket and a store.
   * Resolves with their names. Each process alone is signalled, never its group: containers live on.
   */
  async stopOrphans(deadline = 4_000): Promise<string[]> {
    const orphans = this.living();
    for (const { pid } of orphans) signal(pid, 'SIGTERM');
    for (const end = Date.now() + deadline; this.living().length > 0; await sleep(20)) {
      if (Date.now() > end) for (const { pid } of this.living()) signal(pid, 'SIGKILL');
    }
    return orphans.map(({ name }) => name);
  }

  #path(name: string): string {
    return join(this.#directory, `${name}.pid`);
  }
}

/** Sends a signal to one process; one that has just ended is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
