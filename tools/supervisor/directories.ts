import { mkdirSync } from 'node:fs';

import type { Paths } from '@arcbox/config';

/** Makes the directories that all processes share. */
export function makeDirectories({ state, run, log }: Paths): void {
  try {
    mkdirSync(state, { recursive: true, mode: 0o711 });
    mkdirSync(run, { recursive: true, mode: 0o755 });
    mkdirSync(log, { recursive: true, mode: 0o755 });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
    throw new Error(`cannot write ${path}: run as root, or choose a directory with --root DIR`, { cause: error });
  }
}
