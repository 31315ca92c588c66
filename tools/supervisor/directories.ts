import { mkdirSync } from 'node:fs';

import type { Paths } from '@arcbox/config';

/** Longest name of a unix socket in bytes (unix(7), less the closing zero). */
const longestSocket = 107;
const longestReplica = 'containers-99';

/** What means something in a configuration of NATS, in options of overlayfs or in an address of gRPC. */
const reserved = /["'\\,:%?#\p{Cc}]/u;

/** Makes the directories that all processes share. */
export function makeDirectories(paths: Paths): void {
  checkNames(paths);
  const { state, run, log } = paths;
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

/** Refuses a root that sockets, mounts or configurations cannot name. */
function checkNames({ state, workerSocket }: Paths): void {
  const [character] = reserved.exec(state) ?? [];
  if (character) throw new Error(`--root ${state}: a root cannot have ${JSON.stringify(character)} in its name`);
  const excess = Buffer.byteLength(workerSocket(longestReplica)) - longestSocket;
  if (excess <= 0) return;
  const most = Buffer.byteLength(state) - excess;
  throw new Error(`--root ${state} is too long: for the names of its sockets it may have at most ${most} bytes`);
}
