import { failedPrecondition, messageOf } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import type { Claims } from './claims.ts';
import { findVolume, leaseOf, type Volume, volumeEvent, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

/** Who uses volumes. */
export interface VolumeUsers {
  /** Names of the containers that use it, running or not. Fails when that cannot be found out. */
  usersOf(volume: string, signal: AbortSignal): Promise<string[]>;
  /** Their ids. */
  idsUsing(volume: string, signal: AbortSignal): Promise<string[]>;
  /** Those among them that run. */
  runningWith(volume: string, signal: AbortSignal): Promise<string[]>;
}

export interface Removal {
  readonly store: Store;
  readonly volumes: Volumes;
  readonly tree: VolumeTree;
}

/** Deletes a volume with its content. FAILED_PRECONDITION, naming them, while containers use it. */
export async function removeVolume(
  parts: Removal & { containers: VolumeUsers; claims: Claims },
  { name, force }: { name: string; force: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (force && !parts.volumes.get(name)) return;
  using _lease = await parts.store.leases.hold(leaseOf(name), signal);
  const present = parts.volumes.get(name);
  if (force && (!present || present.removing)) return;
  const volume = findVolume(parts.volumes, name);
  const claimed = parts.claims.ownersOf(name);
  const users = [...(await parts.containers.usersOf(name, signal)), ...claimed];
  if (users.length > 0) throw failedPrecondition(`volume ${name} is in use by ${users.join(', ')}`);
  parts.tree.unmount(name);
  await finishRemoval(parts, parts.volumes.update(name, (record) => ({ ...record, removing: true })) ?? volume);
}

/** From the mark that a volume is going to the end of it; once more after a crash. */
export async function finishRemoval({ store, volumes, tree }: Removal, volume: Volume): Promise<void> {
  const deleteContent = await tree.discard(volume.id);
  store.transaction(() => {
    if (volumes.delete(volume.id)) store.outbox.append(volumeEvent('destroy', volume));
  });
  await deleteContent().catch((error: unknown) => {
    throw failedPrecondition(`volume ${volume.id} is removed, and what it held cannot be deleted: ${messageOf(error)}`, error);
  });
}
