import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/**
 * Takes an exclusive lock on `path` and returns what gives it back; says so when it must wait for another process.
 *
 * The lock is the kernel's (flock), taken by util-linux's `flock` on a descriptor it shares with this process. It ends
 * with this process however that ends, so there is no stale lock to detect.
 *
 * @param {string} path
 * @param {(line: string) => void} log
 * @returns {Promise<() => void>}
 */
export async function takeLock(path, log) {
  const descriptor = openSync(path, 'a');
  if (!(await flock(descriptor, ['-n']))) {
    log(`another set-up is running here, waiting for it (${path})`);
    await flock(descriptor, []);
  }
  return () => closeSync(descriptor);
}

/**
 * @param {number} descriptor
 * @param {string[]} flags
 * @returns {Promise<boolean>} false when the lock is taken
 */
function flock(descriptor, flags) {
  return new Promise((resolve) => {
    const child = spawn('flock', ['-x', ...flags, '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    // Without util-linux two set-ups at once are the user's own business.
    child.on('error', () => resolve(true));
    child.on('close', (code) => resolve(code === 0));
  });
}
