import { existsSync } from 'node:fs';

import { inRepository } from '../repository.mjs';

/**
 * Path of the Node that everything of ours runs on. It comes as an npm package, so the version is package-lock.json's.
 * @returns {string}
 */
export function findPinnedNode() {
  const path = inRepository('node_modules', `node-linux-${process.arch}`, 'bin/node');
  if (existsSync(path)) return path;
  throw new Error(
    `the pinned Node is missing: ${path}. ` +
      (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
        ? 'Remove node_modules and try again; npm must be allowed to install optional packages.'
        : `ArcBox runs on Linux on x64 and arm64, this is ${process.platform} on ${process.arch}.`),
  );
}
