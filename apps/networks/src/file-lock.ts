import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCall } from '@arcbox/linux';

const flock = systemCall('flock', 'int flock(int fd, int operation)');

/** flock(2) */
const operations = { shared: 1, exclusive: 2 } as const;
const doNotBlock = 4;

/** Holds a lock file among all processes of the host until disposed; the kernel frees it when the process dies. */
export async function holdFile(
  path: string,
  mode: keyof typeof operations,
  signal?: AbortSignal,
): Promise<Disposable> {
  const descriptor = openSync(path, 'a', 0o600);
  try {
    for (let pause = 1; !tryLock(descriptor, mode); pause = Math.min(pause * 2, 16)) {
      await sleep(pause, undefined, { signal });
    }
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { [Symbol.dispose]: () => closeSync(descriptor) };
}

function tryLock(descriptor: number, mode: keyof typeof operations): boolean {
  try {
    flock(descriptor, operations[mode] | doNotBlock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return false;
  }
}
