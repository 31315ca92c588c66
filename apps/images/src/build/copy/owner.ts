import { invalidArgument } from '@arcbox/errors';
import { readInRoot } from './read-in-root.ts';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Largest id: the kernel keeps -1 for "leave it". */
const maxId = 2 ** 32 - 2;

/**
 * Resolves `user[:group]` of `--chown` in the passwd(5) and group(5) of a root.
 * Without a group, a name has the one of its entry, and a number is both.
 */
export function resolveOwner(root: string, spec: string): Owner {
  const [user = '', group, ...rest] = spec.split(':');
  if (rest.length > 0) throw invalidArgument(`not a user and group: ${spec}`);
  const owner = user === '' ? { uid: 0, gid: 0 } : findUser(root, user);
  return group === undefined || group === '' ? owner : { uid: owner.uid, gid: findGroup(root, group) };
}

function findUser(root: string, user: string): Owner {
  const id = parseId(user);
  if (id !== undefined) return { uid: id, gid: id };
  const [, , uid = '', gid = ''] = entryOf(readInRoot(root, 'etc/passwd'), user) ?? [];
  return { uid: foundId(uid, 'user', user), gid: foundId(gid, 'user', user) };
}

function findGroup(root: string, group: string): number {
  const id = parseId(group);
  if (id !== undefined) return id;
  const [, , gid = ''] = entryOf(readInRoot(root, 'etc/group'), group) ?? [];
  return foundId(gid, 'group', group);
}

function entryOf(text: string | undefined, name: string): string[] | undefined {
  const lines = (text ?? '').split('\n').map((line) => line.trim().split(':'));
  return lines.find(([first]) => first === name);
}

function foundId(text: string, what: 'user' | 'group', name: string): number {
  const id = parseId(text);
  if (id !== undefined) return id;
  const file = what === 'user' ? 'passwd' : 'group';
  throw invalidArgument(`unable to find ${what} ${name}: no matching entries in ${file} file`);
}

function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= maxId ? id : undefined;
}
