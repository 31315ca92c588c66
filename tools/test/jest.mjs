import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';

import { inRepository } from '../repository.mjs';

/** How long jest may stay after its last test: something that a test opened is still open then. */
const patience = 30_000;

/**
 * Runs jest on the pinned Node.
 *
 * @param {string} node
 * @param {string[]} args
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export async function runJest(node, args) {
  const results = inRepository('.cache', 'jest.json');
  rmSync(results, { force: true });
  const jest = spawn(node, ['--disable-warning=ExperimentalWarning', inRepository('node_modules/jest/bin/jest.js'), ...args], {
    cwd: inRepository(),
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ARCBOX_TALLY: results },
  });
  const watch = endWhenDone(jest, results);
  const code = await new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('close', resolve);
  });
  clearInterval(watch);
  if (!existsSync(results)) return { passed: 0, failed: code === 0 ? 0 : 1, skipped: [] };
  /** @type {import('./tally.mjs').Tally} */
  const tally = JSON.parse(readFileSync(results, 'utf8'));
  const silent = code !== 0 && tally.failed === 0;
  return { ...tally, failed: tally.failed + (silent ? 1 : 0) };
}

/**
 * Ends a jest that has written its results and does not exit, which then counts as a failure.
 * @param {import('node:child_process').ChildProcess} jest
 * @param {string} results
 */
function endWhenDone(jest, results) {
  let done = 0;
  const timer = setInterval(() => {
    if (!existsSync(results)) return;
    done ||= Date.now();
    if (Date.now() - done < patience) return;
    console.error(`jest does not exit: a test has left something open (find it with --detectOpenHandles)`);
    jest.kill('SIGKILL');
  }, 1_000);
  return timer;
}
