#!/usr/bin/env node
// `npm start`: sets up what is missing, then hands over to the supervisor. See --help.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { existsSync } from 'node:fs';

import { inRepository } from './repository.mjs';
import { setup } from './setup.mjs';
import { findPinnedNode } from './setup/pinned-node.mjs';
import { help, parseStartOptions, UsageError } from './start-options.mjs';

const program = inRepository('dist/supervisor/main.js');
const args = process.argv.slice(2);

try {
  const options = parseStartOptions(args, process.env, process.getuid?.());
  if (options.command === 'help') process.stdout.write(help);
  else process.exitCode = await (options.command === 'start' ? start(options) : tellRunning());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error('npm start -- --help shows what there is');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/**
 * Runs the supervisor: in the foreground to its end, detached until it is ready.
 * @param {import('./start-options.mjs').StartOptions} options
 */
async function start({ detach }) {
  const { node } = await setup({ for: 'start' });
  const supervisor = spawn(node, [program, ...args], {
    stdio: detach ? ['ignore', 'ignore', 'pipe', 'ipc'] : 'inherit',
    detached: detach,
    env: { ...process.env, ARCBOX_STARTED_AT: String(Math.round(performance.timeOrigin)) },
  });
  const exitCode = endOf(supervisor);
  if (!detach) return exitCode;
  const finished = hear(supervisor);
  const result = await Promise.race([exitCode, finished]);
  supervisor.stderr?.destroy();
  supervisor.unref();
  return result;
}

/** For --stop and --restart there is nothing to set up. */
function tellRunning() {
  if (!existsSync(program)) throw new Error('nothing runs here: run npm start first');
  return endOf(spawn(findPinnedNode(), [program, ...args], { stdio: 'inherit' }));
}

/**
 * Shows what a detached supervisor says; resolves when it has said all.
 * @param {import('node:child_process').ChildProcess} supervisor
 * @returns {Promise<number>}
 */
function hear(supervisor) {
  supervisor.stderr?.pipe(process.stderr);
  return new Promise((resolve) => {
    supervisor.on('message', (/** @type {{ say?: string, finished?: true }} */ { say, finished }) => {
      if (say !== undefined) console.log(say);
      if (finished) resolve(0);
    });
  });
}

/**
 * Exit code of a child; a signal to us is passed on to it, and it decides when to end.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>}
 */
function endOf(child) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
