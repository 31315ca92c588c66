import { EngineError, type ErrorKind, messageOf } from '@arcbox/errors';

/** sqlite3.h: SQLITE_BUSY */
const busy = 5;

/** errno(3): what the host, or the engine's share of it, has no more of at the moment. */
const exhausted = ['EAGAIN', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOSPC'];

/** What the system has refused to a start, in a word that people can act on; other errors as they are. */
export function explainFailure(name: string, error: unknown): unknown {
  const kind = error instanceof EngineError ? undefined : kindOf(error as NodeJS.ErrnoException);
  return kind ? new EngineError(kind, `container ${name} could not be started: ${messageOf(error)}`, { cause: error }) : error;
}

function kindOf({ code, syscall, errcode }: NodeJS.ErrnoException & { errcode?: number }): ErrorKind | undefined {
  if (errcode === busy) return 'unavailable';
  if (code === undefined || syscall === undefined) return undefined;
  return exhausted.includes(code) ? 'resource-exhausted' : 'failed-precondition';
}
