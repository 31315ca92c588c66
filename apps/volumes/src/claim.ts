import { invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import { attach } from './attach.ts';
import type { Claims } from './claims.ts';
import { findVolume, leaseOf, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

/**
 * Keeps a volume for a container that is being made or started: nobody removes or
 * replaces it meanwhile. What its options ask for is mounted when this returns.
 * NOT_FOUND when it has just been removed.
 */
export async function claimVolume(
  { store, volumes, tree, claims }: { store: Store; volumes: Volumes; tree: VolumeTree; claims: Claims },
  { name, owner, holder }: { name: string; owner: string; holder: string },
  signal: AbortSignal,
): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(owner)) throw invalidArgument(`not the id of a container: ${owner}`);
  using _lease = await store.leases.hold(leaseOf(name), signal);
  const { options } = findVolume(volumes, name);
  await attach(options, tree.mountpoint(name), signal);
  claims.add(name, owner, holder);
}
