import { createRequire, isBuiltin } from 'node:module';
import { compileFunction } from 'node:vm';
import Runtime from 'jest-runtime';

/**
 * jest's loader of modules, for files that run in the context of the process (environment.mjs). Our sources are loaded
 * anew for every test file; npm packages are left to Node, which loads them once in a process: loading them for each
 * of hundreds of files took more time than most of the tests.
 */
export default class PackagesOnce extends Runtime {
  /** @param {ConstructorParameters<typeof Runtime>} options */
  constructor(...options) {
    super(...options);
    const { executor } = /** @type {Executing} */ (/** @type {unknown} */ (this));
    executor.compile = (source, filename) => compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  /**
   * @override
   * @param {string} from
   * @param {string} name
   */
  requireModuleOrMock(from, name) {
    return isPackage(name) ? createRequire(from)(name) : super.requireModuleOrMock(from, name);
  }
}

/**
 * The part of jest's runtime that compiles.
 * @typedef {{ executor: { injectedModuleParameters: string[], compile: (source: string, filename: string) => Function } }} Executing
 */

/** Whether an import is of a package that is not ours (and not jest itself, which differs from file to file). */
const isPackage = (/** @type {string} */ name) => !/^(\.|\/|@arcbox\/|@jest\/|jest$)/.test(name) && !isBuiltin(name);
