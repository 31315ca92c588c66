import { isKind } from '@arcbox/errors';
import type { PlannedNetwork } from '../plan/plan.ts';
import { isSameNetwork } from '../plan/same-network.ts';
import type { RunContext } from './context.ts';
import type { NetworkItem } from './items.ts';
import { persistently } from './persistently.ts';

/** Phase `recreate-networks`: one that is here and the same is used; another one makes room. */
export async function recreateNetworks(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('recreate-networks', plan.networks.length);
  for (const network of plan.networks) {
    const { name } = network.order;
    if (!items.get('network', name)?.isDone) await persistently(() => recreate(context, network), signal);
    journal.finished(`network ${name}`, items.get('network', name)?.isReused ? 'is here' : '');
  }
}

async function recreate(context: RunContext, { order }: PlannedNetwork): Promise<void> {
  const { targets, items, journal, signal } = context;
  const item = items.get('network', order.name) ?? (await noteBefore(context, { order }));
  if (!item.isReused) {
    if (item.before) await targets.networks.remove(order.name, signal);
    try {
      const warnings = await targets.networks.create(order, signal);
      for (const warning of warnings) journal.warn(`network ${order.name}: ${warning}`);
    } catch (error) {
      // Made by the same run, which died before it heard of it.
      if (!isKind(error, 'already-exists') || item.before) throw error;
    }
  }
  items.put<'network'>({ ...item, isDone: true });
}

async function noteBefore({ targets, items, signal }: RunContext, { order }: PlannedNetwork): Promise<NetworkItem> {
  const present = await targets.networks.find(order.name, signal);
  const isReused = present !== undefined && isSameNetwork(present.order, order);
  return items.put<'network'>({ kind: 'network', name: order.name, isReused, ...(present && !isReused ? { before: present.order } : {}), isDone: false });
}
