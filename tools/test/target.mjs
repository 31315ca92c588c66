import { spawn } from 'node:child_process';

import { inRepository } from '../repository.mjs';

/**
 * Runs an nx target of the repository (project.json), and prints what it says when it ends: others run at the same
 * time. nx answers from its cache when no input has changed.
 *
 * @param {string} node
 * @param {string} target
 * @returns {Promise<import('./tally.mjs').Tally>}
 */
export function runTarget(node, target) {
  const nx = spawn(node, [inRepository('node_modules/nx/dist/bin/nx.js'), 'run', `arcbox:${target}`], {
    cwd: inRepository(),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
  });
  /** @type {Buffer[]} */
  const said = [];
  for (const output of [nx.stdout, nx.stderr]) output.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve, reject) => {
    nx.once('error', reject);
    nx.once('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      resolve({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] });
    });
  });
}
