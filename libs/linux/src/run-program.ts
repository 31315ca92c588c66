import { execFile } from 'node:child_process';

/** One locale whatever the host's: names are bytes, messages are English. */
export const plainEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };

/** A program that did not end by its deadline. */
export class ProgramHangs extends Error {}

export interface ProgramOptions {
  /** Milliseconds. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs what the kernel may keep waiting, for a server that does not answer: what
 * it printed. Resolves or rejects by the deadline also where the kernel does not
 * let go of the process; stderr is in the error, and what it printed in `stdout`.
 */
export function runProgram(program: string, args: readonly string[], { patience, signal }: ProgramOptions): Promise<string> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env: plainEnvironment, maxBuffer: 1 << 20 }, (error, stdout, stderr) => {
      end();
      if (error) reject(Object.assign(new Error(`${program}: ${stderr.trim().replaceAll('\n', '; ') || error.message}`, { cause: error }), { stdout }));
      else resolve(stdout);
    });
    const giveUp = (reason: Error): void => {
      end();
      child.kill('SIGKILL');
      child.unref();
      reject(reason);
    };
    const abort = (): void => giveUp(signal?.reason as Error);
    const timer = setTimeout(() => giveUp(new ProgramHangs(`${program} does not end`)), patience);
    signal?.addEventListener('abort', abort, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  });
}
