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

/** Where what is unused is found, for each type. */
export type PruneSources = {
  readonly [type in PruneType]: (order: { all: boolean }, signal: AbortSignal) => Promise<Unused[]>;
};

export interface Pruned {
  spaceReclaimed: bigint;
  containersDeleted: string[];
  imagesDeleted: string[];
  networksDeleted: string[];
  volumesDeleted: string[];
}

/** Deletes what nothing uses. What somebody has begun to use, or deleted, in between is left out. */
export async function prune(sources: PruneSources, order: PruneOrder, signal: AbortSignal): Promise<Pruned> {
  const gone: { [type in PruneType]: string[] } = { containers: [], networks: [], volumes: [], images: [] };
  let bytes = 0n;
  for (const type of order.types) {
    const unused = await sources[type](order, signal);
    for (const candidate of unused.filter((one) => isWanted(one, order))) {
      signal.throwIfAborted();
      const removed = await removeUnlessUsed(candidate);
      gone[type].push(...removed.names);
      bytes += removed.bytes;
    }
  }
  return {
    spaceReclaimed: bytes,
    containersDeleted: gone.containers,
    imagesDeleted: gone.images,
    networksDeleted: gone.networks,
    volumesDeleted: gone.volumes,
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
