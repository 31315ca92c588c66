import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { inRepository } from '../repository.mjs';
import { ProgramFailed, environmentOutsideNodeModules, run } from './run.mjs';
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
    await npm('ci').catch((error) => {
      if (!isAboutOtherPlatforms(error)) throw error;
      log('package-lock.json lists no packages for some other platforms, which npm ci refuses: npm install --no-save');
      return npm('install', '--no-save');
    });
  }
  writeFileSync(stamp, wanted);
}

/** @param {...string} args */
const npm = (...args) =>
  run('npm', [...args, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
    env: environmentOutsideNodeModules(),
  });

/**
 * Whether npm ci complains of nothing but optional packages that the lock never listed: it was written with a registry
 * that has only those of our platforms. Their versions stand in the lock all the same, in the package that wants them.
 *
 * @param {unknown} error
 */
function isAboutOtherPlatforms(error) {
  if (!(error instanceof ProgramFailed)) return false;
  const { output } = error;
  const packages = packagesOf(lock);
  const unlisted = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)));
  const missing = [...output.matchAll(/Missing: (@?[^@\s]+)@\S* from lock file/g)].map(([, name = '']) => name);
  return missing.length > 0 && missing.every((name) => unlisted.includes(name)) && !output.includes('Invalid: ');
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
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean, optionalDependencies?: Record<string, string> }>}
 */
function packagesOf(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}
