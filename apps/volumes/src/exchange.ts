import { failedPrecondition, invalidArgument, messageOf } from '@arcbox/errors';
import type { Collection, Store } from '@arcbox/store';
import type { Claims } from './claims.ts';
import type { VolumeUsers } from './remove.ts';
import { findVolume, leaseOf, type Volumes } from './volume.ts';
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
  for (const name of [low, high]) await requireExchangeable(parts, name, signal);
  const exchanges = exchangeCollection(store);
  const exchange: Exchange = { id: `${low}/${high}`, low, high, content: tree.identity(low) };
  store.transaction(() => {
    exchanges.put(exchange);
    exchangeRecords(volumes, low, high);
  });
  await finishOrUndo(parts, exchange);
}

/** An exchange that has its records, and may not have its content. */
interface Exchange {
  /** `low/high` */
  readonly id: string;
  readonly low: string;
  readonly high: string;
  /** Which directory the first one had before. */
  readonly content: string;
}

const exchangeCollection = (store: Store): Collection<Exchange> => store.collection<Exchange>('exchanges');

type Parts = Pick<ExchangeParts, 'store' | 'volumes' | 'tree'>;

/** Finishes what workers who died have begun, unless somebody is at it; what cannot be finished is undone, and why is returned. */
export async function finishExchanges(parts: Parts): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const exchange of exchangeCollection(parts.store).all()) {
    using low = parts.store.leases.tryHold(leaseOf(exchange.low));
    using high = low && parts.store.leases.tryHold(leaseOf(exchange.high));
    if (high) await finishOrUndo(parts, exchange).catch((error: unknown) => failures.push(error));
  }
  return failures;
}

/** The records follow the content: they go back when that cannot be exchanged. */
async function finishOrUndo({ store, volumes, tree }: Parts, { id, low, high, content }: Exchange): Promise<void> {
  const exchanges = exchangeCollection(store);
  if ([content, ''].includes(tree.identity(low))) {
    try {
      tree.exchange(low, high);
    } catch (error) {
      store.transaction(() => {
        exchangeRecords(volumes, low, high);
        exchanges.delete(id);
      });
      throw failedPrecondition(`volumes ${low} and ${high} cannot be exchanged: ${messageOf(error)}`, error);
    }
    await tree.settle(low, high);
  }
  exchanges.delete(id);
}

function exchangeRecords(volumes: Volumes, low: string, high: string): void {
  const [first, second] = [volumes.get(low), volumes.get(high)];
  if (second) volumes.put({ ...second, id: low });
  if (first) volumes.put({ ...first, id: high });
}

async function requireExchangeable({ volumes, containers, claims }: ExchangeParts, name: string, signal: AbortSignal): Promise<void> {
  const volume = findVolume(volumes, name);
  if (Object.keys(volume.options).length > 0) throw failedPrecondition(`volume ${name} is a mount of its own and cannot be exchanged`);
  const claimed = claims.ownersOf(name);
  const users = [...(await containers.runningWith(name, signal)), ...claimed];
  if (users.length > 0) throw failedPrecondition(`volume ${name} is in use by ${users.join(', ')}: stop that first`);
}
