import { EngineError } from '@arcbox/errors';

/** The error with what went wrong before it. */
export function tellAlong(error: unknown, failures: readonly string[]): unknown {
  if (!(error instanceof EngineError) || failures.length === 0) return error;
  return new EngineError(error.kind, `${error.message} (before that, ${failures.join('; ')})`, { cause: error });
}
