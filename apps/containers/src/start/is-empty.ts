import { execFile } from 'node:child_process';
import { unavailable } from '@arcbox/errors';
import { findProgram } from '../runtime/programs.ts';

/** A server that does not answer by then is given up; milliseconds. */
const patience = 10_000;

/**
 * Whether a directory holds nothing, found out by another process: a volume may be
 * of a server that does not answer, and the kernel keeps who asks waiting, perhaps
 * beyond SIGKILL. UNAVAILABLE then.
 */
export function isEmpty(directory: string, milliseconds = patience): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const args = [directory, '-mindepth', '1', '-maxdepth', '1', '-print', '-quit'];
    const child = execFile(findProgram('find'), args, (error, found) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(found === '');
    });
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      child.unref();
      reject(unavailable(`${directory} does not answer`));
    }, milliseconds);
  });
}
