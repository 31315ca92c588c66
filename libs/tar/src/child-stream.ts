import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/** A program that is fed through its standard input. Disposing ends it, whatever it does. */
export interface ChildStream extends AsyncDisposable {
  readonly stdin: Writable;
  /** Resolves when it has ended well; rejects with what it said on stderr. */
  readonly done: Promise<void>;
}

/** Programs say the important things first; bytes of stderr that are kept. */
const maxComplaint = 4096;

/** Starts a program whose output goes to a descriptor of ours, or nowhere. */
export function startChild(command: string, args: readonly string[], output: number | 'ignore'): ChildStream {
  // One locale whatever the host's: names are bytes, messages are English.
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
  const child = spawn(command, args, { stdio: ['pipe', output, 'pipe'], env });
  // It may end before it has read everything; its exit code says why, a broken pipe does not.
  child.stdin?.on('error', () => {});
  const done = outcome(child, command);
  done.catch(() => {});
  return {
    stdin: child.stdin as Writable,
    done,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      child.stdin?.destroy();
      await done.catch(() => {});
    },
  };
}

function outcome(child: ChildProcess, command: string): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, maxComplaint)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code ?? signal}: ${complaint.trim()}`));
    });
  });
}

/**
 * Writes chunks, in one system call where it can, and waits until they are
 * handed over, so that their memory may be used again. False when the other
 * side has gone.
 */
export async function writeTo(stream: Writable, chunks: readonly Uint8Array[]): Promise<boolean> {
  if (stream.destroyed || !stream.writable) return false;
  const last = chunks.length - 1;
  return new Promise((resolve) => {
    stream.cork();
    for (const [index, chunk] of chunks.entries()) {
      if (index < last) stream.write(chunk);
      else stream.write(chunk, (error) => resolve(!error));
    }
    stream.uncork();
  });
}
