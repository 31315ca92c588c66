import type { ErrorKind } from './engine-error.ts';

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/ */
const statusByKind: Record<ErrorKind, number> = {
  cancelled: 1,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'permission-denied': 7,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  aborted: 10,
  'out-of-range': 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  'data-loss': 15,
  unauthenticated: 16,
};

const kindByStatus = new Map(
  Object.entries(statusByKind).map(([kind, status]) => [status, kind as ErrorKind]),
);

export function statusOfKind(kind: ErrorKind): number {
  return statusByKind[kind];
}

/** The kind of a status that came from another worker; UNKNOWN (2) is internal. */
export function kindOfStatus(status: number): ErrorKind {
  return kindByStatus.get(status) ?? 'internal';
}
