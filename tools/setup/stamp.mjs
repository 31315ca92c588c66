import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { inRepository } from '../repository.mjs';

/**
 * The hash that a finished step left behind, undefined when it never finished here.
 * @param {string} name
 */
export function readStamp(name) {
  try {
    return readFileSync(stampPath(name), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Records that a step finished for these inputs.
 * @param {string} name
 * @param {string} hash
 */
export function writeStamp(name, hash) {
  mkdirSync(dirname(stampPath(name)), { recursive: true });
  writeFileSync(stampPath(name), hash);
}

/** @param {string} name */
const stampPath = (name) => inRepository('.cache', `${name}.stamp`);

/**
 * Hash of the contents of files.
 * @param {string[]} paths absolute
 */
export function hashContents(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

/**
 * Hash of the names, sizes and times of files: quick enough for every start.
 * @param {string[]} paths absolute
 */
export function hashTimes(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false });
    hash.update(`${path}\0${found?.size}\0${found?.mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/**
 * Every file below a directory, sorted; nothing when it does not exist.
 * @param {string} directory absolute
 * @returns {string[]}
 */
export function filesBelow(directory) {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .flatMap((entry) => {
        const path = join(directory, entry.name);
        return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
      })
      .sort();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return [];
    throw error;
  }
}
