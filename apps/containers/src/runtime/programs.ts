import { accessSync, constants } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';

/** Where Debian and its relatives keep them; a worker's PATH may lack sbin. */
const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/libexec/podman'];

const known = new Map<string, string>();

/** Absolute path of a program. FAILED_PRECONDITION when it is not installed. */
export function findProgram(name: string): string {
  const path = known.get(name) ?? directories.map((directory) => `${directory}/${name}`).find(isExecutable);
  if (path === undefined) throw failedPrecondition(`${name} is not installed on this host`);
  known.set(name, path);
  return path;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
