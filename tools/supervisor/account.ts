import { statSync } from 'node:fs';
import { dirname } from 'node:path';

import { type Paths, type SystemUser, systemUser } from '@arcbox/config';

/** Whom NATS and the workers that need no privileges run as. */
export interface Account extends SystemUser {
  readonly name: string;
}

/**
 * The account for what needs no root. Undefined, and said why, when there is none or when it could not reach our files;
 * undefined too when we are not root ourselves.
 */
export function unprivilegedAccount({ state, run }: Paths, report: (line: string) => void): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const name = 'arcbox';
  const user = systemUser(name);
  if (!user) {
    report(`every worker runs as root: there is no account ${name}`);
    return undefined;
  }
  const barrier = findBarrier(user, state) ?? findBarrier(user, run);
  if (barrier === undefined) return { name, ...user };
  report(`every worker runs as root: the account ${name} may not pass ${barrier} (chmod o+x ${barrier})`);
  return undefined;
}

/** The first directory on the way to `path` that the account may not pass, undefined when it can reach `path`. */
function findBarrier(account: SystemUser, path: string): string | undefined {
  const above = path === '/' ? undefined : findBarrier(account, dirname(path));
  if (above !== undefined) return above;
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return mode & bit ? undefined : path;
}
