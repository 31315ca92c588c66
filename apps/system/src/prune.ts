import type { PruneFilters } from '@arcbox/filters';

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
  /** Only say what would go. */
  readonly dryRun: boolean;
  /** Ids of parts of the build cache that do not count; only when nothing is removed. */
  readonly goneCache: readonly string[];
}

/** One thing, and what becomes of it. */
export interface Verdict {
  readonly id: string;
  /** For people; may be empty. */
  readonly name: string;
  /** Bytes of disk; of what stays, only where nothing is removed. */
  readonly bytes: bigint;
  readonly removed: boolean;
  /** Why: `younger than 24h`, `used by container web`. */
  readonly reason: string;
  /** Ids and names that are gone. */
  readonly gone: readonly string[];
}

/** What is known by then. */
export interface SweepScope {
  /** Ids of containers that would be gone by then. */
  readonly goneContainers: readonly string[];
  /** Takes each verdict; what has gone before a failure is in it too. */
  readonly verdicts: Verdict[];
}

/** Decides about everything of one type, and deletes what goes. */
export type Sweep = (order: PruneOrder, scope: SweepScope, signal: AbortSignal) => Promise<void>;

export type Sweeps = { readonly [type in PruneType]: Sweep };

export type Verdicts = { readonly [type in PruneType]: readonly Verdict[] };

export interface Pruned {
  readonly verdicts: Verdicts;
  /** Why it ended before all was done. */
  readonly failure?: unknown;
}

/** Deletes what nothing uses, in the order of the types, or only says what that would be: by the same decisions. */
export async function prune(sweeps: Sweeps, order: PruneOrder, signal: AbortSignal): Promise<Pruned> {
  const verdicts: { [type in PruneType]: Verdict[] } = { containers: [], networks: [], volumes: [], images: [] };
  for (const type of order.types) {
    const goneContainers = order.dryRun ? goneOf(verdicts.containers) : [];
    try {
      await sweeps[type](order, { goneContainers, verdicts: verdicts[type] }, signal);
    } catch (failure) {
      return { verdicts, failure };
    }
  }
  return { verdicts };
}

export const goneOf = (verdicts: readonly Verdict[]): string[] => verdicts.filter(({ removed }) => removed).flatMap(({ gone }) => gone);

export const hasRemoved = (verdicts: Verdicts): boolean => pruneTypes.some((type) => verdicts[type].some(({ removed }) => removed));

/** Bytes of all that goes. */
export function bytesOf(verdicts: Verdicts): bigint {
  const going = pruneTypes.flatMap((type) => verdicts[type].filter(({ removed }) => removed));
  return going.reduce((sum, { bytes }) => sum + bytes, 0n);
}
