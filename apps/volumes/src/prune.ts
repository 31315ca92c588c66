import { isKind, messageOf } from '@arcbox/errors';
import { keptByFilters, type PruneFilters } from '@arcbox/filters';
import { eachInParallel } from '@arcbox/stream';
import type { Claims } from './claims.ts';
import { parseOptions } from './options.ts';
import { type Removal, removeVolume, type VolumeUsers } from './remove.ts';
import { sizeOnDisk } from './size-on-disk.ts';
import { allVolumes, anonymousLabel, leaseOf, type Volume } from './volume.ts';

/** Which volumes may go. */
export interface PruneWish extends PruneFilters {
  /** Also those that somebody has named. */
  readonly all: boolean;
  /** Only say which would go. */
  readonly dryRun: boolean;
  /** Ids of containers that do not count. */
  readonly goneContainers: ReadonlySet<string>;
}

/** What becomes of one volume. */
export interface VolumeVerdict {
  readonly name: string;
  /** Bytes of disk; of what stays, only in a report. */
  readonly bytes: number;
  readonly removed: boolean;
  /** Empty where `usedBy` says it. */
  readonly reason: string;
  /** Ids of containers. */
  readonly usedBy: readonly string[];
}

export type PruneParts = Removal & { readonly containers: VolumeUsers; readonly claims: Claims };

/** Volumes at a time. */
const atOnce = 8;

/** Removes volumes that nobody uses; what somebody claims meanwhile stays. */
export async function pruneVolumes(parts: PruneParts, wish: PruneWish, signal: AbortSignal): Promise<VolumeVerdict[]> {
  const volumes = allVolumes(parts.volumes).sort((a, b) => (a.id < b.id ? -1 : 1));
  const verdicts: VolumeVerdict[] = [];
  await eachInParallel(volumes.entries(), { limit: atOnce, signal }, async ([index, volume], stop) => {
    verdicts[index] = await judge(parts, volume, wish, stop);
  });
  return verdicts;
}

async function judge(parts: PruneParts, volume: Volume, wish: PruneWish, signal: AbortSignal): Promise<VolumeVerdict> {
  const name = volume.id;
  const kept = await whyKept(parts, volume, wish, signal);
  if (kept && !wish.dryRun) return { name, bytes: 0, removed: false, ...kept };
  const bytes = await spaceOf(parts, volume, signal);
  if (kept) return { name, bytes, removed: false, ...kept };
  const refusal = wish.dryRun ? undefined : await removeUnlessUsed(parts, name, signal);
  if (refusal !== undefined) return { name, bytes, removed: false, reason: refusal, usedBy: [] };
  return { name, bytes, removed: true, reason: 'no container uses it', usedBy: [] };
}

async function whyKept(
  { store, containers, claims }: PruneParts,
  { id, labels, created }: Volume,
  { all, goneContainers, ...filters }: PruneWish,
  signal: AbortSignal,
): Promise<Pick<VolumeVerdict, 'reason' | 'usedBy'> | undefined> {
  const kept = (reason: string) => ({ reason, usedBy: [] });
  const claimed = claims.ownersOf(id);
  const usedBy = (await containers.idsUsing(id, signal)).filter((user) => !goneContainers.has(user));
  if (usedBy.length > 0) return { reason: '', usedBy };
  if (claimed.length > 0) return kept(`claimed by container ${claimed.join(', ')}, which is being made or started`);
  if (store.leases.held().includes(leaseOf(id))) return kept('being changed right now');
  if (!all && !Object.hasOwn(labels, anonymousLabel)) return kept('named volume, needs volume prune --all');
  const reason = keptByFilters({ created, labels }, filters);
  return reason === undefined ? undefined : kept(reason);
}

/** Bytes of disk that come back when it goes: none of what is mounted there, which may be a server that does not answer. */
async function spaceOf({ tree }: PruneParts, { id, options }: Volume, signal: AbortSignal): Promise<number> {
  return parseOptions(options) === undefined && tree.has(id) ? sizeOnDisk(tree.home(id), signal) : 0;
}

/** Why it stays after all; undefined when it is gone. */
async function removeUnlessUsed(parts: PruneParts, name: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await removeVolume(parts, { name, force: false }, signal);
    return undefined;
  } catch (error) {
    if (isKind(error, 'failed-precondition', 'not-found')) return messageOf(error);
    throw error;
  }
}
