import { findProgram as find } from '@arcbox/diagnosis';
import { failedPrecondition } from '@arcbox/errors';

const known = new Map<string, string>();

/** Absolute path of a program. FAILED_PRECONDITION when it is not installed. */
export function findProgram(name: string): string {
  const path = known.get(name) ?? find(name);
  if (path === undefined) throw failedPrecondition(`${name} is not installed on this host`);
  known.set(name, path);
  return path;
}
