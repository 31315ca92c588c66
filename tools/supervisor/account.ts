import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A user of this system. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Looks a user up in /etc/passwd. */
export function findAccount(name: string): Account | undefined {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`));
  if (!entry) return undefined;
  const [, , uid, gid] = entry.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** The first directory on the way to `path` that the account may not pass, undefined when it can reach `path`. */
export function findBarrier(account: Account, path: string): string | undefined {
  const above = path === '/' ? undefined : findBarrier(account, dirname(path));
  if (above !== undefined) return above;
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return mode & bit ? undefined : path;
}
