#!/usr/bin/env node
// `npm run dev -- WORKER [--root DIR]`: rebuilds a worker whenever one of its sources changes and restarts its replicas
// in the engine that runs. Everything else, containers above all, goes on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import { inRepository } from './repository.mjs';
import { setup } from './setup.mjs';
import { bundleOptions, programs, writeLauncher } from './setup/build.mjs';
import { parseStartOptions, UsageError } from './start-options.mjs';

const [worker = '', ...rest] = process.argv.slice(2);

try {
  parseStartOptions(['--restart', worker, ...rest], process.env, process.getuid?.());
  const program = programs().find(({ name }) => name === worker);
  if (!program) throw new UsageError(`there is no apps/${worker}/src/main.ts`);
  const { node } = await setup({ for: 'start' });
  await watch(program, node);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error('usage: npm run dev -- WORKER [--root DIR]');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/**
 * @param {import('./setup/build.mjs').Program} program
 * @param {string} node
 */
async function watch(program, node) {
  const { context, formatMessages } = await import('esbuild');
  let first = true;
  const restart = {
    name: 'restart',
    /** @param {import('esbuild').PluginBuild} build */
    setup(build) {
      build.onEnd(async ({ errors }) => {
        if (errors.length > 0) return console.error((await formatMessages(errors, { kind: 'error', color: true })).join(''));
        writeLauncher(program.name);
        // The first build repeats what set-up has just made sure of.
        if (!first) tellSupervisor(node);
        first = false;
      });
    },
  };
  const building = await context({ ...bundleOptions([program]), plugins: [restart] });
  await building.watch();
  console.log(`watching the sources of ${program.name}; Ctrl-C ends this`);
}

/** @param {string} node */
function tellSupervisor(node) {
  const supervisor = inRepository('dist/supervisor/main.js');
  if (existsSync(supervisor)) spawn(node, [supervisor, '--restart', worker, ...rest], { stdio: 'inherit' });
}
