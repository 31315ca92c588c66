import { invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import type { Claims } from './claims.ts';
import { findVolume, leaseOf, type Volumes } from './volume.ts';

/** Keeps a volume for a container that is being made. NOT_FOUND when it has just been removed. */
export async function claimVolume(
  { store, volumes, claims }: { store: Store; volumes: Volumes; claims: Claims },
  { name, owner }: { name: string; owner: string },
  signal: AbortSignal,
): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(owner)) throw invalidArgument(`not the id of a container: ${owner}`);
  using _lease = await store.leases.hold(leaseOf(name), signal);
  findVolume(volumes, name);
  claims.add(name, owner);
}
