import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '@arcbox/errors';

/** A failure that may pass: try again, no earlier than `retryAfter` milliseconds from now. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly retryAfter: number;
  /** What to tell the user when trying again does not help. */
  readonly final: Error;

  constructor(final: Error, retryAfter = 0) {
    super(final.message, { cause: final });
    this.final = final;
    this.retryAfter = retryAfter;
  }
}

/** What to tell in the end; that it may pass stays known. */
function finalOf(error: TransientError): Error {
  const { final } = error;
  return final instanceof EngineError ? new EngineError(final.kind, final.message, { cause: error }) : final;
}

/** Whether a failure was one that may pass: what has been fetched until then is of use to the next try. */
export function mayPass(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof TransientError) return true;
  return false;
}

export interface RetryPolicy {
  /** Tries in all. */
  readonly attempts: number;
  /** Pause before the second try; doubles each time. Milliseconds. */
  readonly pause: number;
  /** A registry that asks for a longer pause is not waited for. Milliseconds. */
  readonly longestPause: number;
}

export const defaultRetries: RetryPolicy = { attempts: 5, pause: 250, longestPause: 20_000 };

/** For one of several places: the next one is worth more than patience. */
export function briefly(policy: RetryPolicy): RetryPolicy {
  return { ...policy, attempts: Math.min(policy.attempts, 2), longestPause: Math.min(policy.longestPause, 1_000) };
}

/** Runs `work` until it succeeds, fails for good, or has had all its tries. */
export async function retrying<T>(policy: RetryPolicy, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      await pauseBefore(policy, attempt, error, signal);
    }
  }
}

/** Waits before try `attempt` + 1, or throws what `error` means when there is to be none. */
export async function pauseBefore(
  policy: RetryPolicy,
  attempt: number,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (!(error instanceof TransientError)) throw error;
  const pause = Math.max(error.retryAfter, policy.pause * 2 ** (attempt - 1));
  if (attempt >= policy.attempts || pause > policy.longestPause) throw finalOf(error);
  // Clients that failed together should not come back together.
  await sleep(pause + randomInt(Math.ceil(pause / 4) + 1), undefined, { signal });
}
