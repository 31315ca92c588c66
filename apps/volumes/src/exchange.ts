import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import type { Claims } from './claims.ts';
import type { VolumeUsers } from './remove.ts';
import { findVolume, leaseOf, type Volume, type Volumes } from './volume.ts';
import type { VolumeTree } from './volume-tree.ts';

interface ExchangeParts {
  readonly store: Store;
  readonly volumes: Volumes;
  readonly tree: VolumeTree;
  readonly containers: Pick<VolumeUsers, 'runningWith'>;
  readonly claims: Claims;
}

/**
 * Two volumes get each other's content, labels and age, at once. FAILED_PRECONDITION
 * when containers that run or start use one: they would go on with what it held before.
 */
export async function exchangeVolumes(parts: ExchangeParts, names: readonly [string, string], signal: AbortSignal): Promise<void> {
  const { store, volumes, tree } = parts;
  const [low = '', high = ''] = [...names].sort();
  if (low === high) throw invalidArgument(`volume ${low} cannot be exchanged with itself`);
  using _low = await store.leases.hold(leaseOf(low), signal);
  using _high = await store.leases.hold(leaseOf(high), signal);
  const first = await requireExchangeable(parts, low, signal);
  const second = await requireExchangeable(parts, high, signal);
  // One after the other without a pause: nobody sees the content of one with the labels of the other.
  tree.exchange(low, high);
  store.transaction(() => {
    volumes.put({ ...first, id: high });
    volumes.put({ ...second, id: low });
  });
  await tree.settle(low, high);
}

async function requireExchangeable({ volumes, containers, claims }: ExchangeParts, name: string, signal: AbortSignal): Promise<Volume> {
  const volume = findVolume(volumes, name);
  if (Object.keys(volume.options).length > 0) throw failedPrecondition(`volume ${name} is a mount of its own and cannot be exchanged`);
  const claimed = claims.ownersOf(name);
  const users = [...(await containers.runningWith(name, signal)), ...claimed];
  if (users.length > 0) throw failedPrecondition(`volume ${name} is in use by ${users.join(', ')}: stop that first`);
  return volume;
}
