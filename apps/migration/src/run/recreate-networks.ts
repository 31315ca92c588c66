import type { UserNetworkOrder } from '../settings/network.ts';
import { isSameNetwork } from '../plan/same-network.ts';
import { requireAgreed } from './agreed.ts';
import { keyOf } from './names.ts';
import type { RunContext } from './context.ts';
import type { NetworkItem } from './items.ts';
import { persistently } from './persistently.ts';

type Context = Omit<RunContext, 'source'>;

/** Phase `recreate-networks`: one that is here and the same is used; another one makes room. */
export async function recreateNetworks(context: Context): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('recreate-networks', plan.networks.length);
  for (const { order } of plan.networks) {
    const { name } = order;
    if (!items.get('network', name)?.isDone) await persistently(() => recreate(context, order), signal);
    journal.finished(`network ${name}`, items.get('network', name)?.isReused ? 'is here' : '');
  }
}

async function recreate(context: Context, order: UserNetworkOrder): Promise<void> {
  const { targets, items, journal, signal } = context;
  const item = items.get('network', order.name) ?? (await noteBefore(context, order));
  if (item.isReused) return;
  if (item.before) await targets.networks.remove(item.before.id, signal);
  const { id, warnings } = await makeNetwork(context, order);
  for (const warning of warnings) journal.warn(`network ${order.name}: ${warning}`);
  items.put<'network'>({ ...item, network: id, isDone: true });
}

/** Once in a run, however often it is asked for. One of that name that somebody else has made is ALREADY_EXISTS. */
export async function makeNetwork(context: Context, order: UserNetworkOrder): Promise<{ id: string; warnings: readonly string[] }> {
  const { targets, signal } = context;
  return targets.networks.create(order, keyOf(context, order.name), signal);
}

async function noteBefore(context: Context, order: UserNetworkOrder): Promise<NetworkItem> {
  const { targets, items, signal } = context;
  const present = await targets.networks.find(order.name, signal);
  const isReused = present !== undefined && isSameNetwork(present.order, order);
  if (present && !isReused) requireAgreed(context, `network ${order.name}`);
  return items.put<'network'>({ kind: 'network', name: order.name, isReused, ...(present && !isReused ? { before: present } : {}), isDone: isReused });
}
