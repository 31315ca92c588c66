import { failedPrecondition, invalidArgument } from '@arcbox/errors';

/** Whom a process runs as. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** Largest id: the kernel keeps -1 for "leave it". */
const maxId = 2 ** 31 - 1;

/**
 * Resolves `user`, `uid`, `user:group`, … against the passwd(5) and group(5)
 * texts of the container. A number needs no entry; a name does. Without a
 * group, the user's own and further groups apply; `further` groups, names or
 * numbers, always do.
 */
export function resolveUser(spec: string, passwd: string, group: string, further: readonly string[] = []): ProcessUser {
  const user = identify(spec, passwd, group);
  const added = further.map((wanted) => findGroup(wanted, parseGroup(group)));
  return { ...user, additionalGids: [...new Set([...user.additionalGids, ...added])] };
}

function identify(spec: string, passwd: string, group: string): ProcessUser {
  const [userPart = '', groupPart, ...rest] = spec.split(':');
  if (rest.length > 0) throw invalidArgument(`not a user: ${spec}`);
  const users = parsePasswd(passwd);
  const groups = parseGroup(group);
  const wanted = userPart === '' ? '0' : userPart;
  const uid = parseId(wanted);
  const entry = users.find(({ name }) => name === wanted) ?? users.find((user) => user.uid === uid);
  if (!entry && uid === undefined) {
    throw failedPrecondition(`unable to find user ${wanted}: no matching entries in passwd file`);
  }
  const identity = { uid: entry?.uid ?? uid ?? 0, home: entry?.home || '/' };
  if (groupPart) {
    const gid = findGroup(groupPart, groups);
    return { ...identity, gid, additionalGids: [gid] };
  }
  const gid = entry?.gid ?? 0;
  const further = groups.filter(({ members }) => entry && members.includes(entry.name)).map((group) => group.gid);
  // The primary group too, so that a file which denies it cannot be reached by dropping it (CVE-2022-36109).
  return { ...identity, gid, additionalGids: [...new Set([gid, ...further])] };
}

function findGroup(wanted: string, groups: GroupEntry[]): number {
  const gid = groups.find(({ name }) => name === wanted)?.gid ?? parseId(wanted);
  if (gid === undefined) throw failedPrecondition(`unable to find group ${wanted}: no matching entries in group file`);
  return gid;
}

interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

interface GroupEntry {
  name: string;
  gid: number;
  members: string[];
}

function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap(([name = '', , uid = '', gid = '', , home = '']) => {
    const [u, g] = [parseId(uid), parseId(gid)];
    return name === '' || u === undefined || g === undefined ? [] : [{ name, uid: u, gid: g, home }];
  });
}

function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap(([name = '', , gid = '', members = '']) => {
    const id = parseId(gid);
    return name === '' || id === undefined ? [] : [{ name, gid: id, members: members.split(',').filter(Boolean) }];
  });
}

function lines(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(':'));
}

function parseId(text: string): number | undefined {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= maxId ? id : undefined;
}
