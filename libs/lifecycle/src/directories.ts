import { chmodSync, chownSync, lchownSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
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
  for (const [name, mode] of ofRoot) claim(join(paths.run, name), mode);
  const mine = isUnprivileged(worker) ? account : undefined;
  own(paths.service(worker), 0o700, mine?.uid, mine?.gid);
}

/**
 * What privileged workers put below the run directory. Unprivileged ones may
 * write there: these are made before the first of them has dropped its
 * privileges, so that none finds a name free for a directory or link of its own.
 */
const ofRoot = [
  ['containers', 0o700],
  ['runc', 0o700],
  ['exits', 0o700],
  ['layers', 0o700],
  // Container roots with ids of their own are reached through it by these.
  ['roots', 0o711],
  ['networks', 0o700],
  ['netns', 0o711],
] as const;

function claim(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode });
  if (process.getuid?.() !== 0) return;
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== 0) throw new Error(`not a directory of root: ${path}`);
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
