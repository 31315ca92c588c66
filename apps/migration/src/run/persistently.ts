import { setTimeout as sleep } from 'node:timers/promises';
import { isKind } from '@arcbox/errors';

/** Until somebody else serves what has just died; milliseconds between the tries. */
const pauses = [200, 500, 1000, 2000, 3000, 5000];

/** Does what may be done again, also while a worker that it needs is being replaced. */
export async function persistently<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (const pause of pauses) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!isKind(error, 'unavailable', 'aborted')) throw error;
      await sleep(pause, undefined, { signal });
    }
  }
  return work();
}
