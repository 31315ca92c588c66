import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A process of `event-load.ts` beside this one; disposing ends it. */
export interface LoadProcess extends AsyncDisposable {
  /** Resolves when it has ended by itself; rejects when it has failed. */
  readonly ended: Promise<void>;
}

/** Starts one, and waits until it has said `word`, if it is to say one. */
export async function startLoad(args: readonly string[], word?: string): Promise<LoadProcess> {
  const program = join(import.meta.dirname, '../bench-load/main.js');
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const ended = code.then((exit) => {
    if (exit !== 0 && !child.killed) throw new Error(`${args[0]} ended with ${exit}`);
  });
  ended.catch(() => {});
  if (word !== undefined) for await (const line of createInterface(child.stdout)) if (line === word) break;
  child.stdout.resume();
  return {
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await code;
    },
  };
}
