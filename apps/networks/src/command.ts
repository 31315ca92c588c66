import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where system programs are; the path of a user may lack the `sbin`s. */
const directories = ['/usr/sbin', '/sbin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/local/bin', '/usr/lib/podman'];

/** A program of the network tools that does not answer by then is stuck; milliseconds. */
const deadline = 15_000;

/** Full path of a program, or undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

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
