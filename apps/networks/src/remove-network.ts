import { failedPrecondition } from '@arcbox/errors';
import { findNetwork } from './find-network.ts';
import type { Ground } from './ground.ts';
import { removeLinks } from './links.ts';
import { networkEvent } from './network-events.ts';
import type { Network } from './network.ts';

/** Removes a network that nobody is connected to. */
export async function removeNetwork(ground: Ground, reference: string, signal: AbortSignal): Promise<void> {
  const { id } = findNetwork(ground.records, reference);
  using _lease = await ground.store.leases.hold(`network/${id}`, signal);
  const network = retire(ground, id);
  await discard(ground, network);
}

/** From here on nobody can connect to it. */
function retire({ store, records }: Ground, id: string): Network {
  return store.transaction(() => {
    const network = findNetwork(records, id);
    if (network.predefined) throw failedPrecondition(`network ${network.name} is predefined and cannot be removed`);
    const members = records.members(id).map(({ name }) => name);
    if (members.length > 0) {
      throw failedPrecondition(`network ${network.name} has active endpoints: ${members.sort().join(', ')}`);
    }
    const removing: Network = { ...network, state: 'removing' };
    records.networks.put(removing);
    return removing;
  });
}

/** Takes a network out of the kernel and then out of the records. */
export async function discard(ground: Ground, network: Network): Promise<void> {
  const { records, store, firewall } = ground;
  records.networks.put({ ...network, state: 'removing' });
  await firewall.close(network);
  await removeLinks([network.link]);
  store.transaction(() => {
    for (const { id } of records.addressesOn(network.id)) records.addresses.delete(id);
    records.networks.delete(network.id);
    if (network.announced) store.outbox.append(networkEvent('destroy', network));
  });
}

/** Discards what a replica that is dead by now was making or removing. */
export async function discardUnfinished(ground: Ground): Promise<void> {
  for (const { id } of ground.records.networks.all().filter(({ state }) => state !== 'ready')) await discardIfUnfinished(ground, id);
}

async function discardIfUnfinished(ground: Ground, id: string): Promise<void> {
  using lease = ground.store.leases.tryHold(`network/${id}`);
  // Without it, somebody alive is at work on it.
  const network = lease && ground.records.networks.get(id);
  if (!network || network.state === 'ready') return;
  try {
    await discard(ground, network);
  } catch (error) {
    ground.log.error({ error, network: network.name }, 'cannot discard a network that is half made; whoever makes the next one tries again');
  }
}
