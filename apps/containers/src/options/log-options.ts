import { invalidArgument } from '@arcbox/errors';
import type { LogLimits } from '../record/config.ts';

/** What a request says about the log; 0 and empty are unset. */
export interface LogRequest {
  readonly driver: string;
  readonly maxBytes: number;
  readonly maxFiles: number;
}

/** Each is looked for whenever the log is read. */
const mostFiles = 1000;

/** Of a log that is not kept: as much as those who are attached need to follow. */
const unkept: LogLimits = { driver: 'none', maxBytes: 1024 * 1024, maxFiles: 2 };

/** INVALID_ARGUMENT when it makes no sense; what is not said is as in `defaults`. */
export function validateLog(request: LogRequest | undefined, defaults: LogLimits): LogLimits {
  const { driver = '', maxBytes = 0, maxFiles = 0 } = request ?? {};
  if (!['', 'local', 'none'].includes(driver)) throw invalidArgument(`unknown log driver: ${driver} (known: local, none)`);
  if (driver === 'none') {
    if (maxBytes !== 0 || maxFiles !== 0) throw invalidArgument('the log driver none keeps nothing and has no options');
    return unkept;
  }
  if (maxBytes < 0 || maxBytes > Number.MAX_SAFE_INTEGER) {
    throw invalidArgument(`max_bytes of the log must be a number of bytes, not ${maxBytes}`);
  }
  if (maxFiles > mostFiles) throw invalidArgument(`max_files of the log must be at most ${mostFiles}, not ${maxFiles}`);
  const limits = { maxBytes: maxBytes || defaults.maxBytes, maxFiles: maxFiles || defaults.maxFiles };
  return driver === '' ? limits : { driver: 'local', ...limits };
}
