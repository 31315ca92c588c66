import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type * as Koffi from 'koffi';

/** Loaded by the first call: it is native code, and few programs of those that could ever call it do. */
const loadKoffi = (): typeof Koffi => createRequire(import.meta.url)('koffi') as typeof Koffi;
let koffi: typeof Koffi | undefined;

/** Loads what the first call needs, which takes some 50 ms: for servers, before anybody waits for it. */
export function prepareSystemCalls(): void {
  koffi ??= loadKoffi();
}

// Some numbers have two names; Node uses the first: EAGAIN, not EWOULDBLOCK.
const names = new Map(Object.entries(constants.errno).reverse().map(([name, number]) => [number, name]));

/**
 * Binds a C function of libc by its prototype. The result throws an error with
 * `code`, `errno` and `syscall`, like Node's own, where the call returns -1.
 */
export function systemCall(name: string, prototype: string): (...args: unknown[]) => number {
  let bound: ((...args: unknown[]) => unknown) | undefined;
  return (...args) => {
    koffi ??= loadKoffi();
    bound ??= koffi.load('libc.so.6').func(prototype);
    const result = Number(bound(...args));
    if (result !== -1) return result;
    const errno = koffi.errno();
    const code = errorName(errno);
    const subject = args.filter((arg) => typeof arg === 'string').join(', ');
    throw Object.assign(new Error(`${code}: ${name} ${subject}`), { code, errno: -errno, syscall: name });
  };
}

/** The same on another thread, for what may take a while. Why it failed is not known: errno is each thread's own. */
export function slowSystemCall(name: string, prototype: string): (...args: unknown[]) => Promise<number> {
  let bound: Koffi.KoffiFunc<(...args: unknown[]) => unknown> | undefined;
  return (...args) => {
    koffi ??= loadKoffi();
    const call = (bound ??= koffi.load('libc.so.6').func(prototype));
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, result: number | bigint): void => {
        if (error) reject(error);
        else if (Number(result) === -1) reject(new Error(`${name} failed`));
        else resolve(Number(result));
      };
      call.async(...args, done);
    });
  };
}

/** `ENOENT` of 2. */
export function errorName(errno: number): string {
  return names.get(errno) ?? `E${errno}`;
}
