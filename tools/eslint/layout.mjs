import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * A package of the workspace.
 * @typedef {object} Project
 * @property {string} directory Absolute.
 * @property {string} name As in its package.json: `@arcbox/rpc`.
 * @property {string} layer One of the nx tags: `layer:base`; empty when it has none.
 * @property {Record<string, string>} exports
 */

/** @type {Map<string, Project | undefined>} */
const byDirectory = new Map();

/** Path of a file below the root of the repository, with `/`. The root is where eslint.config.mjs is. */
export function pathInRepository(/** @type {string} */ file, /** @type {string} */ root) {
  return relative(root, file).split(sep).join('/');
}

/**
 * The package that a file is in; undefined for tools and tests, which are in none.
 * @param {string} file
 * @param {string} root
 * @returns {Project | undefined}
 */
export function projectOf(file, root) {
  const [group, name] = pathInRepository(file, root).split('/');
  return (group === 'libs' || group === 'apps') && name ? readProject(join(root, group, name)) : undefined;
}

/**
 * The package of ours that `specifier` names, seen from `file`; undefined for packages of npm and of Node.
 * @param {string} specifier
 * @param {string} file
 * @param {string} root
 * @returns {Project | undefined}
 */
export function projectOfImport(specifier, file, root) {
  if (specifier.startsWith('.')) return projectOf(resolve(dirname(file), specifier), root);
  const [, kind, name] = /^@arcbox\/(app-)?([^/]+)/.exec(specifier) ?? [];
  return name ? readProject(join(root, kind ? 'apps' : 'libs', name)) : undefined;
}

/**
 * The file that `specifier` names, if it is one of ours and written by hand.
 * @param {string} specifier
 * @param {string} file
 * @param {string} root
 * @returns {string | undefined}
 */
export function resolveImport(specifier, file, root) {
  if (specifier.startsWith('.')) return resolve(dirname(file), specifier);
  const project = projectOfImport(specifier, file, root);
  const subpath = project && `.${specifier.slice(project.name.length)}`;
  const target = project && subpath !== undefined ? project.exports[subpath] : undefined;
  return project && target ? join(project.directory, target) : undefined;
}

/** Tests may look behind every wall. */
export function isTest(/** @type {string} */ path) {
  return /\.test\.[cm]?[jt]s$|^tests\/|^(libs|apps)\/[^/]+\/test\/|^libs\/testing\//.test(path);
}

/**
 * @param {string} directory
 * @returns {Project | undefined}
 */
function readProject(directory) {
  if (!byDirectory.has(directory)) {
    const file = join(directory, 'package.json');
    const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    /** @type {string[]} */
    const tags = manifest?.nx?.tags ?? [];
    byDirectory.set(
      directory,
      manifest && {
        directory,
        name: manifest.name,
        layer: tags.find((tag) => tag.startsWith('layer:')) ?? '',
        exports: manifest.exports ?? {},
      },
    );
  }
  return byDirectory.get(directory);
}
