import { EngineError, failedPrecondition, invalidArgument } from '@arcbox/errors';

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'a part of the path is no directory',
  EROFS: 'read-only file system',
};

/** `cannot read a/b: no such file or directory`: what went wrong with a file of the user. Other errors stay. */
export function cannot(verb: string, path: string, error: unknown): Error {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof EngineError) return error;
  const make = code === 'ENOENT' ? invalidArgument : failedPrecondition;
  return make(`cannot ${verb} ${path}: ${reasons[code] ?? (code || String(error))}`, error);
}
