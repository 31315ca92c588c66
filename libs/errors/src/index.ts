export { EngineError, type ErrorKind, isKind, messageOf } from './engine-error.ts';
export {
  aborted,
  alreadyExists,
  cancelled,
  dataLoss,
  deadlineExceeded,
  failedPrecondition,
  internal,
  invalidArgument,
  notFound,
  outOfRange,
  permissionDenied,
  resourceExhausted,
  unauthenticated,
  unavailable,
  unimplemented,
} from './kinds.ts';
export { fromSystemError } from './system-error.ts';
export { kindOfStatus, statusOfKind } from './status.ts';
