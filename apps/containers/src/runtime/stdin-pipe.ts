import { spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { systemCall } from '@arcbox/linux';
import { isAlive, processIdentity } from '@arcbox/store';
import { findProgram } from './programs.ts';

const mkfifo = systemCall('mkfifo', 'int mkfifo(const char *path, unsigned int mode)');

/** Bytes of one packet to conmon, which takes 32 KiB and cuts the rest off. */
const packet = 8192;

/**
 * The way into a container's standard input. Clients write to a fifo; a socat of
 * its own session carries the bytes to conmon's socket, and a keeper holds the
 * fifo open, so that clients and workers may come and go. The input ends when
 * the keeper goes: then socat reads what is left, and the end. conmon would take
 * any disconnecting client for the end of the input, so only socat connects.
 */
export class StdinPipe {
  readonly #bundle: string;

  constructor(bundle: string) {
    this.#bundle = bundle;
  }

  /** Makes the pipe unless it is there. One caller at a time. */
  prepare(): void {
    if (existsSync(this.#keeperFile)) return;
    if (!existsSync(this.#fifo)) mkfifo(this.#fifo, 0o600);
    const reading = openSync(this.#fifo, constants.O_RDONLY | constants.O_NONBLOCK);
    const writing = openSync(this.#fifo, constants.O_WRONLY);
    try {
      // What comes back from conmon is output, which has its own way: it is thrown away, but must be read.
      const addresses = ['STDIN!!OPEN:/dev/null,wronly', `UNIX-CONNECT:attach,type=5`];
      const options = { cwd: this.#bundle, detached: true };
      const carrier = spawn(findProgram('socat'), ['-b', String(packet), '-t', '0', ...addresses], {
        ...options,
        stdio: [reading, 'ignore', 'ignore'],
      });
      const keeper = spawn(findProgram('sleep'), ['infinity'], { ...options, stdio: ['ignore', writing, 'ignore'] });
      for (const child of [carrier, keeper]) child.on('error', () => {}).unref();
      writeFileSync(this.#keeperFile, (keeper.pid && processIdentity(keeper.pid)) || 'none');
    } finally {
      closeSync(reading);
      closeSync(writing);
    }
  }

  /** A stream into it; undefined when the input has ended. Ending the stream does not end the input. */
  open(): Socket | undefined {
    if (!this.#keeper) return undefined;
    try {
      const descriptor = openSync(this.#fifo, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd: descriptor, readable: false, writable: true });
    } catch (error) {
      if (['ENXIO', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }

  /** Ends the input once all that clients have written is through. */
  end(): void {
    const keeper = this.#keeper;
    if (keeper) process.kill(Number(keeper.split('.')[0]), 'SIGKILL');
  }

  get #fifo(): string {
    return join(this.#bundle, 'stdin');
  }

  get #keeperFile(): string {
    return join(this.#bundle, 'stdin.keeper');
  }

  /** Identity of the keeper while it lives. */
  get #keeper(): string | undefined {
    try {
      const identity = readFileSync(this.#keeperFile, 'utf8');
      return isAlive(identity) ? identity : undefined;
    } catch {
      return undefined;
    }
  }
}
