import { chmodSync, chownSync, lchownSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, systemUser } from '@arcbox/config';

/** Workers that need no privileges and become the engine's system user. */
const unprivileged = new Set(['gateway', 'system', 'icons', 'migration']);

export function isUnprivileged(worker: string): boolean {
  return unprivileged.has(worker);
}

/**
 * Makes the directories of a worker with the owners that let privileged and
 * unprivileged workers meet: sockets belong to the group of the engine's user,
 * state to the worker alone. Nobody replaces what is another's (sticky).
 */
export function prepareDirectories({ paths, worker, user }: Config): void {
  const account = process.getuid?.() === 0 ? systemUser(user) : undefined;
  own(paths.state, 0o711);
  own(paths.run, 0o1775, 0, account?.gid);
  own(join(paths.run, 'workers'), 0o1770, 0, account?.gid);
  const mine = isUnprivileged(worker) ? account : undefined;
  own(paths.service(worker), 0o700, mine?.uid, mine?.gid);
}

function own(path: string, mode: number, uid = 0, gid?: number): void {
  mkdirSync(path, { recursive: true, mode });
  if (process.getuid?.() !== 0) return;
  chmodSync(path, mode);
  if (gid === undefined) return;
  // Made when the worker ran as root; nobody else could put anything there.
  if (uid !== 0 && statSync(path).uid === 0) for (const name of readdirSync(path)) lchownSync(join(path, name), uid, gid);
  chownSync(path, uid, gid);
}
