import { spawnSync } from 'node:child_process';

import { inRepository } from './repository.mjs';
import { bundleOptions, writeLauncher } from './setup/build.mjs';
import { findPinnedNode } from './setup/pinned-node.mjs';
import { setup } from './setup.mjs';

/**
 * `npm run bench [-- --runs N] [--pulls N] [--only memory,unary,events,replay,lifecycle,exec,list,logs,crowd,pull,push,build] [--many N]
 * [--log MIB] [--crowd N] [--seconds N] [--events N]
 * [--peers arcbox,docker,podman,containerd]`: the same work through ArcBox and through the engines installed on this machine, in one run. It happens in a network and a mount namespace of its
 * own, so that nothing any engine sets up (bridges, rules, mounts) outlives it or meets what runs on the host.
 */
const log = (/** @type {string} */ line) => console.error(line);
await setup({ for: 'test', log });
const { build } = await import('esbuild');
const programs = [
  { name: 'bench', source: inRepository('tools/bench/main.ts') },
  { name: 'bench-load', source: inRepository('tools/bench/event-load.ts') },
];
await build(bundleOptions(programs));
for (const { name } of programs) writeLauncher(name);
const inside = ['--net', '--mount', '--propagation', 'private', '--'];
const command = [findPinnedNode(), inRepository('dist/bench/main.js'), ...process.argv.slice(2)];
const { status } = spawnSync('unshare', [...inside, ...command], { stdio: 'inherit' });
process.exitCode = status ?? 1;
