import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a test may need of the machine: `root`, `overlay`, or a program such as `runc`. */
export type Requirement = 'root' | 'overlay' | (string & {});

/** Why these requirements are not met, or undefined. */
export function missing(...requirements: Requirement[]): string | undefined {
  for (const requirement of requirements) {
    if (requirement === 'root' && process.getuid?.() !== 0) return 'needs root';
    if (requirement === 'overlay' && !readFileSync('/proc/filesystems', 'utf8').includes('overlay')) return 'needs overlayfs';
    if (requirement !== 'root' && requirement !== 'overlay' && !isOnPath(requirement)) return `needs ${requirement}`;
  }
  return undefined;
}

/** `describe` where the machine allows it; elsewhere skipped by name, with the reason. */
export function describeIf(requirements: Requirement[], name: string, body: () => void): void {
  const reason = missing(...requirements);
  if (reason) describe.skip(`${name} (skipped: ${reason})`, body);
  else describe(name, body);
}

/** The same for one test. */
export function itIf(requirements: Requirement[], name: string, body: () => Promise<void>): void {
  const reason = missing(...requirements);
  if (reason) it.skip(`${name} (skipped: ${reason})`, body);
  else it(name, body);
}

function isOnPath(program: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/lib/podman'];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
