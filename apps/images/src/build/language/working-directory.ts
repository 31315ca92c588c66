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
  const path = resolvePath(expandWord(value, lookupIn(state), state.scope), state);
  if (path === '/') return { workingDir: path };
  const workingDir = path.endsWith('/') ? path.slice(0, -1) : path;
  return { workingDir, action: { kind: 'workdir', path: workingDir, user: state.settings.user, display: text } };
}
