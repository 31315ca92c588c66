import type { PruneFilters } from '@arcbox/filters';
import { isKind } from '@arcbox/errors';

/** In the order of the work: what goes first frees what comes later. */
export const pruneTypes = ['containers', 'networks', 'volumes', 'images'] as const;

export type PruneType = (typeof pruneTypes)[number];

export function isPruneType(name: string): name is PruneType {
  return (pruneTypes as readonly string[]).includes(name);
}

export interface PruneOrder extends PruneFilters {
  readonly types: readonly PruneType[];
  /** The filters as they were asked for. */
  readonly filters: { readonly [key: string]: string };
  /** Also unused images and volumes that have a name. */
  readonly all: boolean;
}

/** Something that nothing seems to use. */
export interface Unused {
  /** Unix milliseconds. */
  readonly created: number;
  readonly labels: { readonly [key: string]: string };
  /** Deletes it. FAILED_PRECONDITION when it is in use after all. */
  remove(): Promise<Removed>;
}

export interface Removed {
  /** Ids and names that are gone. */
  readonly names: readonly string[];
  /** Bytes of disk. */
  readonly bytes: bigint;
}

/** Deletes of one type what nothing uses and the order wants. */
export type Sweep = (order: PruneOrder, signal: AbortSignal) => Promise<Removed>;

export type Sweeps = { readonly [type in PruneType]: Sweep };

export interface Pruned {
  spaceReclaimed: bigint;
  containersDeleted: string[];
  imagesDeleted: string[];
  networksDeleted: string[];
  volumesDeleted: string[];
}

/** Deletes what nothing uses, in the order of the types. */
export async function prune(sweeps: Sweeps, order: PruneOrder, signal: AbortSignal): Promise<Pruned> {
  const gone: { [type in PruneType]: string[] } = { containers: [], networks: [], volumes: [], images: [] };
  let bytes = 0n;
  for (const type of order.types) {
    const removed = await sweeps[type](order, signal);
    gone[type].push(...removed.names);
    bytes += removed.bytes;
  }
  return {
    spaceReclaimed: bytes,
    containersDeleted: gone.containers,
    imagesDeleted: gone.images,
    networksDeleted: gone.networks,
    volumesDeleted: gone.volumes,
  };
}

/** One after the other of what `find` finds. What somebody has begun to use, or deleted, in between is left out. */
export function sweep(find: (order: PruneOrder, signal: AbortSignal) => Promise<Unused[]>): Sweep {
  return async (order, signal) => {
    const names: string[] = [];
    let bytes = 0n;
    for (const candidate of (await find(order, signal)).filter((one) => isWanted(one, order))) {
      signal.throwIfAborted();
      const removed = await removeUnlessUsed(candidate);
      names.push(...removed.names);
      bytes += removed.bytes;
    }
    return { names, bytes };
  };
}

function isWanted({ created, labels }: Unused, { until, labels: wanted, withoutLabels }: PruneOrder): boolean {
  const has = (label: string): boolean => {
    const [key = '', ...value] = label.split('=');
    return Object.hasOwn(labels, key) && (value.length === 0 || labels[key] === value.join('='));
  };
  return (until === undefined || created < until) && wanted.every(has) && !withoutLabels.some(has);
}

async function removeUnlessUsed(candidate: Unused): Promise<Removed> {
  try {
    return await candidate.remove();
  } catch (error) {
    if (isKind(error, 'failed-precondition', 'not-found')) return { names: [], bytes: 0n };
    throw error;
  }
}
