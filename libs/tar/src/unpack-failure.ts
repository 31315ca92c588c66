import { EngineError, failedPrecondition, invalidArgument, resourceExhausted } from '@arcbox/errors';

/** Words for what keeps a file from being written. */
const reasons: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  EBUSY: 'something is mounted there',
  EFBIG: 'the file is too large',
  EEXIST: 'somebody else has made it meanwhile',
  EINVAL: 'the file system refuses what the archive says of it',
  ELOOP: 'too many symbolic links',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'a part of the path is no directory',
  ENOTEMPTY: 'the directory is written to meanwhile',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
};

/** What to tell when the file of an entry could not be written. Errors of the engine stay. */
export function explainFailure({ name }: { readonly name: string }, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof EngineError || code === '') return error;
  const shown = Buffer.from(name, 'latin1').toString('utf8') || '/';
  if (code === 'ENOSPC' || code === 'EDQUOT') return resourceExhausted(`cannot write ${shown}: no space left on device`, error);
  if (code === 'ENAMETOOLONG') return invalidArgument(`cannot write ${shown.slice(0, 200)}…: the name is too long`, error);
  const reason = reasons[code];
  return reason === undefined ? error : failedPrecondition(`cannot write ${shown}: ${reason}`, error);
}
