import { existsSync, readFileSync } from 'node:fs';
import { failedPrecondition, resourceExhausted } from '@arcbox/errors';
import type { IdMaps, IdRange } from './id-maps.ts';
import { type Holder, type Run, SubordinateIds } from './subordinate-ids.ts';

export interface RemappingOptions {
  /** `default`, or `user` or `user:group`, names or numbers; undefined: only containers that ask for it are remapped. */
  readonly remap?: string | undefined;
  /** Directory of subuid and subgid. */
  readonly subordinateIds?: string | undefined;
}

/** Whose ids containers have that share one set of them, and those that have a set of their own. */
const shared: Holder = { name: 'arcbox' };
const pool: Holder = { name: 'arcbox-auto' };

/** Ids of a container that has its own. */
const ownCount = 65_536;

/** Where the ids of remapped containers come from. The files are read each time: they may be changed while the engine runs. */
export class Remapping {
  readonly #options: RemappingOptions;
  readonly #ids: SubordinateIds;

  constructor(options: RemappingOptions) {
    this.#options = options;
    this.#ids = new SubordinateIds(options.subordinateIds);
  }

  /** Whether a container is remapped that does not say. */
  get isUsual(): boolean {
    return this.#options.remap !== undefined;
  }

  /** The ids that containers share. FAILED_PRECONDITION says what the host lacks. */
  shared(): IdMaps {
    requireAble();
    return this.#ids.mapsOf(holderOf(this.#options.remap ?? 'default'));
  }

  /** Ids that none of `taken` has. FAILED_PRECONDITION says what the host lacks, RESOURCE_EXHAUSTED that all are taken. */
  own(taken: readonly IdMaps[]): IdMaps {
    requireAble();
    const uids = firstFree(this.#ids.runsOf('subuid', pool), taken.flatMap((maps) => maps.uids));
    const gids = firstFree(this.#ids.runsOf('subgid', pool), taken.flatMap((maps) => maps.gids));
    if (!uids || !gids) throw resourceExhausted(`all ids of ${pool.name} are taken: give it more in subuid and subgid`);
    return { uids: [uids], gids: [gids] };
  }
}

function firstFree(runs: readonly Run[], taken: readonly IdRange[]): IdRange | undefined {
  const places = runs.toSorted((a, b) => a.start - b.start).flatMap(({ start, count }) =>
    Array.from({ length: Math.floor(count / ownCount) }, (_, index) => start + index * ownCount),
  );
  const isFree = (place: number): boolean => taken.every((range) => place + ownCount <= range.outside || range.outside + range.size <= place);
  const place = places.find(isFree);
  return place === undefined ? undefined : { inside: 0, outside: place, size: ownCount };
}

/** As Docker: the group must be there; whose groups' ids are used, the user decides. */
function holderOf(setting: string): Holder {
  if (setting === 'default') return shared;
  const [user = '', group] = setting.split(':');
  if (group !== undefined && !entryOf('/etc/group', group)) throw failedPrecondition(`remapping needs the group ${group}, which is not in /etc/group`);
  const [name, , uid] = entryOf('/etc/passwd', user) ?? [];
  if (name === undefined) throw failedPrecondition(`remapping needs the user ${user}, who is not in /etc/passwd`);
  return { name, uid: Number(uid) };
}

/** Fields of the line of a name or a number. */
function entryOf(file: string, wanted: string): string[] | undefined {
  const entries = readFileSync(file, 'utf8').split('\n').map((line) => line.split(':'));
  return entries.find(([name]) => name === wanted) ?? entries.find(([, , id]) => id === wanted);
}

function requireAble(): void {
  if (!existsSync('/proc/self/ns/user')) throw failedPrecondition('this kernel has no user namespaces');
  if (readFileSync('/proc/sys/user/max_user_namespaces', 'utf8').trim() === '0') {
    throw failedPrecondition('this host allows no user namespaces: user.max_user_namespaces is 0');
  }
}
