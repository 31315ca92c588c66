import { messageOf } from '@arcbox/errors';
import { Exit, exitCodes } from './exit.ts';
import { isFailure, toEngineError } from './failure.ts';
import { complain, print } from './output.ts';

/** How many calls are open at once. */
const atOnce = 50;

/**
 * Does the same to several objects and prints, in their order, what `act`
 * resolves with (nothing for undefined), or why it failed. What failed does not
 * keep the others from being done, and makes the exit code 1.
 */
export async function forEach(
  names: readonly string[],
  act: (name: string) => Promise<string | undefined>,
): Promise<void> {
  let failed = false;
  for (let first = 0; first < names.length; first += atOnce) {
    const results = await Promise.allSettled(names.slice(first, first + atOnce).map(act));
    for (const result of results) {
      if (result.status === 'fulfilled') {
        if (result.value !== undefined) await print(result.value);
        continue;
      }
      // When nobody is there to talk to, once is enough.
      if (isFailure(result.reason, 'unavailable')) throw result.reason;
      complain(messageOf(toEngineError(result.reason)));
      failed = true;
    }
  }
  if (failed) throw new Exit(exitCodes.failed);
}
