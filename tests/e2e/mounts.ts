import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Unmounts all that is mounted below a directory, whoever has left it there. */
export function unmountBelow(directory: string): void {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const mount of mounts.reverse()) spawnSync('umount', ['-l', mount]);
}
