/** So many ids from `inside` on, as a container sees them, are those from `outside` on for everybody else. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly size: number;
}

/** The ids of a user namespace, as they are on the host; `inside` counts from 0 without gaps. */
export interface IdMaps {
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const root: Owner = { uid: 0, gid: 0 };

/** Puts runs of ids of the host one after the other, from 0 on: the lowest first, as in Docker. */
export function lineUp(runs: readonly { readonly start: number; readonly count: number }[]): IdRange[] {
  let inside = 0;
  return runs.toSorted((a, b) => a.start - b.start).map(({ start, count }) => {
    const range = { inside, outside: start, size: count };
    inside += count;
    return range;
  });
}

/** How many ids there are. */
export function countOf(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, { size }) => sum + size, 0);
}

/** Who a file of the host belongs to that belongs to `owner` in the container; undefined for one who is not in the maps. */
export function outside({ uids, gids }: IdMaps, { uid, gid }: Owner): Owner | undefined {
  return pair(
    move(uids, uid, ({ inside }) => inside, (range) => range.outside),
    move(gids, gid, ({ inside }) => inside, (range) => range.outside),
  );
}

/** Who a container's root is on the host. */
export function rootOf(ids: IdMaps | undefined): Owner {
  return (ids && outside(ids, root)) ?? root;
}

/** Owner in the container of a file of the host; what is not in the maps stays. */
export function inside({ uids, gids }: IdMaps, { uid, gid }: Owner): Owner {
  return {
    uid: move(uids, uid, (range) => range.outside, ({ inside }) => inside) ?? uid,
    gid: move(gids, gid, (range) => range.outside, ({ inside }) => inside) ?? gid,
  };
}

/** Whether two containers may share a user namespace. */
export function areSame(one: IdMaps | undefined, other: IdMaps | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function move(ranges: readonly IdRange[], id: number, from: (range: IdRange) => number, to: (range: IdRange) => number): number | undefined {
  const range = ranges.find((one) => id >= from(one) && id < from(one) + one.size);
  return range && to(range) + id - from(range);
}

function pair(uid: number | undefined, gid: number | undefined): Owner | undefined {
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
