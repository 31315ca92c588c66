// Runs before `npm ci` on the Node that happens to be installed: no dependency, no syntax newer than Node 20.
import { existsSync, mkdirSync } from 'node:fs';

import { inRepository } from './repository.mjs';
import { createAccount } from './setup/account.mjs';
import { build } from './setup/build.mjs';
import { installDebianPackages } from './setup/debian.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { loadOverlay } from './setup/kernel.mjs';
import { generateStubs } from './setup/stubs.mjs';
import { findPinnedNode } from './setup/pinned-node.mjs';
import { takeLock } from './setup/lock.mjs';

/**
 * Brings whatever is missing for `npm start` or `npm test` onto this machine: Debian packages, npm packages, the pinned
 * Node, generated stubs, bundles, the unprivileged account. Says one line for each thing it does, nothing for what is
 * there. What a start can do without (a Debian package that cannot be installed) is said and left; everything else throws.
 *
 * @param {{ for: 'start' | 'test', log?: (line: string) => void }} options
 * @returns {Promise<{ node: string, missing: string[] }>} the pinned Node, and the Debian packages still missing
 */
export async function setup({ for: purpose, log = console.log }) {
  mkdirSync(inRepository('.cache'), { recursive: true });
  const release = await takeLock(inRepository('.cache/setup.lock'), log);
  try {
    const missing = await installDebianPackages({ forTests: purpose === 'test', log });
    await installDependencies({ log });
    const node = findPinnedNode();
    if (existsSync(inRepository('libs/proto/buf.gen.yaml'))) await generateStubs({ node, log });
    await build({ log });
    await createAccount({ log });
    await loadOverlay({ log });
    return { node, missing };
  } finally {
    release();
  }
}
