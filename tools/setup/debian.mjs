import { accessSync, closeSync, constants, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { programs } from '../../libs/diagnosis/src/programs.mjs';
import { run } from './run.mjs';

/**
 * A Debian package and a file or program by which we see that it is installed: dpkg is too slow to ask at every start.
 * @typedef {{ name: string, shownBy: string, accepts?: (path: string) => boolean }} DebianPackage
 */

/** @type {readonly DebianPackage[]} */
export const forTheEngine = programs.map(({ program, debian }) => ({
  name: debian,
  shownBy: program,
  ...(debian === 'busybox-static' ? { accepts: isStatic } : {}),
}));

/** @type {readonly DebianPackage[]} */
export const forTheTests = [
  { name: 'skopeo', shownBy: 'skopeo' },
  { name: 'docker-registry', shownBy: 'docker-registry' },
  { name: 'apache2-utils', shownBy: 'htpasswd' },
  { name: 'umoci', shownBy: 'umoci' },
  { name: 'openssl', shownBy: 'openssl' },
  { name: 'python3-minimal', shownBy: 'python3' },
  { name: 'python3-protobuf', shownBy: '/usr/lib/python3/dist-packages/google/protobuf/__init__.py' },
  { name: 'protobuf-compiler', shownBy: 'protoc' },
  { name: 'netcat-openbsd', shownBy: 'nc' },
  { name: 'docker.io', shownBy: 'dockerd' },
  { name: 'docker.io', shownBy: 'docker' },
  { name: 'containerd', shownBy: 'ctr' },
  { name: 'podman', shownBy: 'podman' },
  { name: 'aardvark-dns', shownBy: '/usr/lib/podman/aardvark-dns' },
  { name: 'buildah', shownBy: 'buildah' },
  { name: 'redis-server', shownBy: 'redis-server' },
  { name: 'acl', shownBy: 'setfacl' },
  { name: 'acl', shownBy: 'getfacl' },
  { name: 'lighttpd', shownBy: 'lighttpd' },
  { name: 'mmdebstrap', shownBy: 'mmdebstrap' },
];

/**
 * Installs the missing Debian packages, or says how to when it cannot.
 *
 * @param {{ forTests: boolean, log: (line: string) => void }} options
 * @returns {Promise<string[]>} what is still missing
 */
export async function installDebianPackages({ forTests, log }) {
  const wanted = forTests ? [...forTheEngine, ...forTheTests] : forTheEngine;
  const missing = missingOf(wanted);
  if (missing.length === 0) return [];

  const byHand = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !find('apt-get')) {
    const why = find('apt-get') ? 'only root can install them' : 'this system has no apt-get';
    log(`missing: ${missing.join(' ')}; ${why}. On Debian, as root: ${byHand}`);
    return missing;
  }

  log(`installing Debian packages: ${missing.join(' ')}`);
  const allowStart = forbidDaemonStart();
  try {
    await aptGet('update').catch((error) => log(`package lists are not fresh: ${error.message}`));
    await aptGet('install', '-y', '--no-install-recommends', ...missing);
  } catch (error) {
    log(`cannot install them: ${error instanceof Error ? error.message : error}\nby hand: ${byHand}`);
  } finally {
    allowStart();
  }
  return missingOf(wanted);
}

/** @param {...string} args */
const aptGet = (...args) =>
  run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });

/**
 * Keeps dpkg from starting the daemons that nats-server and docker-registry bring: we run our own.
 * @returns {() => void} undoes it
 */
function forbidDaemonStart() {
  const path = '/usr/sbin/policy-rc.d';
  try {
    writeFileSync(path, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  } catch (error) {
    // Whoever put a policy there has decided already.
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return () => {};
    throw error;
  }
  const remove = () => rmSync(path, { force: true });
  const removeAndEnd = () => {
    remove();
    process.exit(130);
  };
  process.once('SIGINT', removeAndEnd).once('SIGTERM', removeAndEnd);
  return () => {
    process.off('SIGINT', removeAndEnd).off('SIGTERM', removeAndEnd);
    remove();
  };
}

/** @param {readonly DebianPackage[]} packages */
function missingOf(packages) {
  const missing = packages.filter(({ shownBy, accepts }) => {
    const path = find(shownBy);
    return path === undefined || !(accepts?.(path) ?? true);
  });
  return [...new Set(missing.map(({ name }) => name))];
}

/**
 * Path of a program, looked for where root would, or of a file.
 * @param {string} programOrPath
 */
function find(programOrPath) {
  if (programOrPath.startsWith('/')) return isThere(programOrPath, constants.R_OK) ? programOrPath : undefined;
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return directories.map((directory) => join(directory, programOrPath)).find((path) => isThere(path, constants.X_OK));
}

/**
 * @param {string} path
 * @param {number} mode
 */
function isThere(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether an ELF program needs no loader. Its path would stand in the first page; the package `busybox` has one,
 * `busybox-static` has none.
 * @param {string} path
 */
function isStatic(path) {
  const descriptor = openSync(path, 'r');
  try {
    const page = Buffer.alloc(4096);
    readSync(descriptor, page, 0, page.length, 0);
    return !page.includes('/ld-linux');
  } finally {
    closeSync(descriptor);
  }
}
