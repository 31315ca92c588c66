import { readFileSync } from 'node:fs';

import { run } from './run.mjs';

/**
 * Loads overlayfs where it is a module that nobody has used since the machine started. A mount would load it too, but
 * only then could one see that the kernel has it and which options it takes.
 *
 * @param {{ log: (line: string) => void, filesystems?: string, modprobe?: string }} options
 */
export async function loadOverlay({ log, filesystems = '/proc/filesystems', modprobe = 'modprobe' }) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return;
  if (/\boverlay$/m.test(readFileSync(filesystems, 'utf8'))) return;
  log('loading the kernel module overlay');
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  // In a container modules are the host's business; the engine says what it lacks.
  await run(modprobe, ['overlay'], { env }).catch((error) => log(`cannot load it: ${error.message}`));
}
