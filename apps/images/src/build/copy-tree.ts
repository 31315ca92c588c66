import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A large tree takes its time; milliseconds. */
const deadline = 10 * 60_000;

/** Copies what is in a directory, with everything that files have, into another. */
export async function copyTree(from: string, to: string): Promise<void> {
  await run('cp', ['-a', '--', `${from}/.`, to], { timeout: deadline });
}
