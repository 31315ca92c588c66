import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { type NeededProgram, programs } from './programs.mjs';

/** Where Debian and its relatives keep programs; the PATH of a worker may lack the `sbin`s. */
export const programDirectories: readonly string[] = [
  ...['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
  ...['/usr/libexec/podman', '/usr/lib/podman'],
];

/** Path of a program that can be run; one that is named by its absolute path need only be readable. */
export function findProgram(name: string, directories: readonly string[] = programDirectories): string | undefined {
  if (name.startsWith('/')) return allows(name, constants.R_OK) ? name : undefined;
  return directories.map((directory) => join(directory, name)).find((path) => allows(path, constants.X_OK));
}

/** What set-up should have installed and is not there. */
export function missingPrograms(
  isWanted: (program: NeededProgram) => boolean,
  directories?: readonly string[],
): NeededProgram[] {
  return programs.filter((each) => isWanted(each) && findProgram(each.program, directories) === undefined);
}

/** Without it no container runs at all. */
export const isIndispensable = ({ needed }: NeededProgram): boolean => needed === 'always';

export const sayMissing = ({ program, debian }: NeededProgram): string => `${program} is missing (Debian package ${debian})`;

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
