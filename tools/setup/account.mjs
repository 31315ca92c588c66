import { readFileSync } from 'node:fs';

import { run } from './run.mjs';

/** The system account that workers without need of root drop to. */
export const account = 'arcbox';

/**
 * Creates the system account when it is missing and we may.
 * @param {{ log: (line: string) => void }} options
 */
export async function createAccount({ log }) {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return;
  if (readFileSync('/etc/passwd', 'utf8').split('\n').some((line) => line.startsWith(`${account}:`))) return;
  log(`creating the system account ${account}`);
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', account], {
    // Not every root has it on its PATH.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
}
