import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `check` until it does not throw, or throws its last error after `milliseconds`. */
export async function eventually<T>(check: () => Promise<T> | T, milliseconds = 30_000): Promise<T> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
