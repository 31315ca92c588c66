import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { inRepository } from '../repository.mjs';
import { environmentOutsideNodeModules, run } from './run.mjs';
import { hashContents } from './stamp.mjs';

const lock = inRepository('package-lock.json');
const installedLock = inRepository('node_modules/.package-lock.json');
/** Inside node_modules, so that it goes when node_modules goes. */
const stamp = inRepository('node_modules/.arcbox-lock');

/**
 * Runs `npm ci` unless node_modules is what package-lock.json says.
 * @param {{ log: (line: string) => void }} options
 */
export async function installDependencies({ log }) {
  const wanted = hashContents([lock]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!isInstalled()) {
    log('installing npm packages: npm ci');
    await run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'], {
      env: environmentOutsideNodeModules(),
    });
  }
  writeFileSync(stamp, wanted);
}

/**
 * Whether somebody's `npm install` has brought exactly the locked versions already. Packages for other platforms are
 * optional and may be absent.
 */
function isInstalled() {
  if (!existsSync(installedLock)) return false;
  const wanted = packagesOf(lock);
  const installed = packagesOf(installedLock);
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || !path.startsWith('node_modules/')) return true;
    const found = installed[path];
    return found ? found.version === version && found.link === link : optional === true;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}
