import { EngineError, type ErrorKind } from './engine-error.ts';

const factory =
  (kind: ErrorKind) =>
  (message: string, cause?: unknown): EngineError =>
    new EngineError(kind, message, cause === undefined ? undefined : { cause });

export const aborted = factory('aborted');
export const alreadyExists = factory('already-exists');
export const cancelled = factory('cancelled');
export const dataLoss = factory('data-loss');
export const deadlineExceeded = factory('deadline-exceeded');
export const failedPrecondition = factory('failed-precondition');
export const internal = factory('internal');
export const invalidArgument = factory('invalid-argument');
export const notFound = factory('not-found');
export const outOfRange = factory('out-of-range');
export const permissionDenied = factory('permission-denied');
export const resourceExhausted = factory('resource-exhausted');
export const unauthenticated = factory('unauthenticated');
export const unavailable = factory('unavailable');
export const unimplemented = factory('unimplemented');
