/** What an error means to a caller. `status.ts` maps each to one gRPC status. */
export type ErrorKind =
  | 'aborted'
  | 'already-exists'
  | 'cancelled'
  | 'data-loss'
  | 'deadline-exceeded'
  | 'failed-precondition'
  | 'internal'
  | 'invalid-argument'
  | 'not-found'
  | 'out-of-range'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'unauthenticated'
  | 'unavailable'
  | 'unimplemented';

/**
 * The one error class of the engine. The message is written for people: lower
 * case, naming the thing, shown verbatim by clients. Anything that is not an
 * EngineError crosses the wire as `internal error`.
 */
export class EngineError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.kind = kind;
  }
}

export function isKind(error: unknown, ...kinds: ErrorKind[]): error is EngineError {
  return error instanceof EngineError && kinds.includes(error.kind);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
