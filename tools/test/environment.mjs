import { LegacyFakeTimers, ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/**
 * Runs a test file in the context of its process, as programs run, and not in one made for it: errors, arrays and all
 * else of packages and of Node are then of one kind, a global is found at once, and packages can stay loaded from one
 * file to the next (runtime.mjs). What a file has changed of the globals is as before when it ends.
 */
export default class PlainEnvironment {
  global = globalThis;
  #globals = Object.getOwnPropertyDescriptors(globalThis);
  #exit = process.exit;

  /** @param {{ projectConfig: import('@jest/types').Config.ProjectConfig }} config */
  constructor({ projectConfig: config }) {
    this.moduleMocker = new ModuleMocker(globalThis);
    const timerConfig = { idToRef: (/** @type {number} */ id) => id, refToId: (/** @type {number} */ id) => id };
    this.fakeTimers = new LegacyFakeTimers({ config, global: globalThis, moduleMocker: this.moduleMocker, timerConfig });
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.moduleMocker.restoreAllMocks();
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    process.exit = this.#exit;
    for (const name of Reflect.ownKeys(globalThis)) this.#restore(name);
  }

  /** @param {string | symbol} name of a global */
  #restore(name) {
    const { configurable } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
    if (!configurable) return;
    const before = /** @type {Record<string | symbol, PropertyDescriptor>} */ (this.#globals)[name];
    if (before) Object.defineProperty(globalThis, name, before);
    else Reflect.deleteProperty(globalThis, name);
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  getVmContext() {
    return globalThis;
  }
}
