import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { assertsDirectory, splitEntry } from './place.ts';

export interface Source {
  readonly isDirectory: boolean;
  /** Its name, or `.` for what is in a directory. */
  readonly name: string;
}

export interface Target {
  readonly path: string;
  readonly exists: boolean;
  readonly isDirectory: boolean;
}

export interface Plan {
  /** Directory to unpack in. */
  readonly directory: string;
  /** What the source is called there; empty: what is in it goes into the directory itself. */
  readonly name: string;
}

/** Where a copy goes: into a directory that is there, in place of a file, or under a new name. */
export function planCopy(source: Source, target: Target): Plan {
  if (target.exists && target.isDirectory) return { directory: target.path, name: nameInside(source) };
  if (target.exists && source.isDirectory) throw invalidArgument(`cannot copy a directory to ${target.path}, which is none`);
  if (target.exists && assertsDirectory(target.path)) throw failedPrecondition(`${target.path} is not a directory`);
  if (!source.isDirectory && assertsDirectory(target.path)) throw invalidArgument(`no such directory: ${target.path}`);
  const { directory, base } = splitEntry(target.path);
  return { directory, name: base === '.' ? '' : base };
}

const nameInside = ({ name }: Source): string => (name === '.' || name === '/' ? '' : name);
