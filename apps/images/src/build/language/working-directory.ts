import { posix } from 'node:path';
import type { WorkdirAction } from './action.ts';
import type { BuildState } from './build-state.ts';
import { expandWord } from './expand.ts';
import type { ValueInstruction } from './instruction.ts';
import { lookupIn } from './variables.ts';

/** A path seen from the working directory: absolute, without `.` and `..`, a slash at its end kept. */
export function resolvePath(path: string, { settings }: BuildState): string {
  return posix.normalize(posix.isAbsolute(path) ? path : `/${settings.workingDir}/${path}`);
}

/** WORKDIR: where the stage is from now on, and the directory to make; none for `/`. */
export function changeDirectory(
  { value, text }: ValueInstruction,
  state: BuildState,
): { workingDir: string; action?: WorkdirAction } {
  const wanted = expandWord(value, lookupIn(state), state.scope);
  const path = withoutSlash(resolvePath(wanted, state));
  // As Docker does, an absolute path is kept as it was written.
  const workingDir = posix.isAbsolute(wanted) ? wanted : path;
  if (path === '/') return { workingDir };
  return { workingDir, action: { kind: 'workdir', path, user: state.settings.user, display: text } };
}

export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
