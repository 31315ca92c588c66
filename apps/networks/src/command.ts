import { execFile } from 'node:child_process';
import { findProgram } from '@arcbox/diagnosis';

/** A program of the network tools that does not answer by then is stuck; milliseconds. */
const deadline = 15_000;

/** Runs a program to its end and returns what it printed; its stderr is in the error. */
export function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const path = findProgram(program);
  if (!path) return Promise.reject(new Error(`${program} is not installed`));
  return new Promise((resolve, reject) => {
    const child = execFile(path, args, { timeout: deadline, maxBuffer: 256 << 20 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')}: ${stderr.trim() || error.message}`, { cause: error }));
      else resolve(stdout);
    });
    // A program that ends early closes its input: its exit code says what was wrong.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}
