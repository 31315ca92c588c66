import { EngineError } from './engine-error.ts';
import { permissionDenied, resourceExhausted } from './kinds.ts';

/**
 * Gives the errors of the operating system that a user can act on their
 * meaning: a full disk or quota, too many open files, a read-only disk.
 * Everything else is returned as it is.
 */
export function fromSystemError(error: unknown, doing: string): unknown {
  if (error instanceof EngineError || !(error instanceof Error) || !('code' in error)) return error;
  if (isFullDatabase(error)) return resourceExhausted(`${doing}: no space left on device`, error);
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return resourceExhausted(`${doing}: no space left on device`, error);
    case 'EMFILE':
    case 'ENFILE':
      return resourceExhausted(`${doing}: too many open files`, error);
    case 'EROFS':
      return permissionDenied(`${doing}: read-only file system`, error);
    default:
      return error;
  }
}

/** SQLITE_FULL, as node:sqlite reports it. */
function isFullDatabase(error: object): boolean {
  return 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 13;
}
