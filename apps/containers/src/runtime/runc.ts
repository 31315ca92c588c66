import { execFile } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { failedPrecondition } from '@arcbox/errors';
import { isAlive } from '@arcbox/store';
import type { Process } from '../record/status.ts';
import type { OciResources } from '../spec/oci.ts';
import { hasCgroups, removeCgroups } from './cgroup.ts';
import { reasonFrom } from './conmon.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);

/** Milliseconds; only ends what hangs. */
const commandDeadline = 20_000;

/** The OCI runtime, on one state directory. */
export class Runc {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The process has been made, but waits to be released. */
  isWaiting(id: string): boolean {
    return existsSync(this.#fifo(id));
  }

  knows(id: string): boolean {
    return existsSync(join(this.#root, id));
  }

  /**
   * Lets the process of a made container go on to its program: what `runc start`
   * does, without its 5 ms. The process opens exec.fifo for writing and goes on
   * when a reader is there; the fifo's absence is what tells the runtime that it
   * runs.
   */
  async release(id: string, process: Process): Promise<void> {
    const fifo = openSync(this.#fifo(id), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const byte = Buffer.alloc(1);
      for (;;) {
        // Asked before reading: one that was let go, and has ended since, has left its byte.
        const alive = isAlive(process.identity);
        if (readByte(fifo, byte)) break;
        if (!alive) throw failedPrecondition('the container was killed before it was started');
        await sleep(1);
      }
      unlinkSync(this.#fifo(id));
      // Until then signals would meet the runtime, which knows nothing of what the program does with them.
      while (isAlive(process.identity) && isRuntime(process.pid)) await sleep(1);
    } finally {
      closeSync(fifo);
    }
  }

  /**
   * Forgets a container whose processes are gone: its cgroups (`cgroupPath`) and its state.
   * `runc delete` is the answer to everything unusual.
   */
  async delete(id: string, cgroup: string): Promise<void> {
    if (!this.knows(id) && !hasCgroups(cgroup)) return;
    if (await removeCgroups(cgroup)) {
      rmSync(join(this.#root, id), { recursive: true, force: true });
      return;
    }
    await run(findProgram('runc'), ['--root', this.#root, 'delete', '--force', id], { timeout: commandDeadline });
    await removeCgroups(cgroup);
  }

  /** Changes what is given of a running container's limits. FAILED_PRECONDITION with the reason when the kernel refuses. */
  async update(id: string, limits: Pick<OciResources, 'memory' | 'cpu' | 'pids' | 'blockIO'>): Promise<void> {
    const updating = run(findProgram('runc'), ['--root', this.#root, 'update', '--resources', '-', id], { timeout: commandDeadline });
    // One that does not read has failed, and says why.
    updating.child.stdin?.on('error', () => {}).end(JSON.stringify(limits));
    try {
      await updating;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      throw failedPrecondition(reasonFrom(stderr) || 'the runtime failed without a word', error);
    }
  }

  #fifo(id: string): string {
    return join(this.#root, id, 'exec.fifo');
  }
}

/** The process is still the runtime's own, before it becomes the program. */
function isRuntime(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('runc:[2:INIT]');
  } catch {
    return false;
  }
}

/** True when a byte came; a fifo nobody has opened for writing yet reads as its end. */
function readByte(fifo: number, into: Buffer): boolean {
  try {
    return readSync(fifo, into) > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}
