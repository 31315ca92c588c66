import { readFileSync } from 'node:fs';
import { runCommand } from './engine.ts';

/** Unmounts all that is mounted below a directory, whoever has left it there. */
export async function unmountBelow(directory: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${directory}/`));
  for (const mount of mounts.reverse()) await runCommand('umount', ['-l', mount]);
}
