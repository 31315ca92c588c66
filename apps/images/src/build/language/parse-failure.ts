import { EngineError, invalidArgument } from '@arcbox/errors';

/** Runs `work`; what it finds wrong is told with the line: `dockerfile parse error on line 3: …`. */
export function atLine<T>(line: number, work: () => T, failure = 'dockerfile parse error'): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.kind, `${failure} on line ${line}: ${error.message}`, { cause: error });
  }
}

export function parseFailure(line: number, why: string): Error {
  return invalidArgument(`dockerfile parse error on line ${line}: ${why}`);
}
