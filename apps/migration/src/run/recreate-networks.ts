import { failedPrecondition, isKind } from '@arcbox/errors';
import { settledOn } from '../plan/overlaps.ts';
import type { UserNetworkOrder } from '../settings/network.ts';
import { isSameNetwork } from '../plan/same-network.ts';
import { requireAgreed } from './agreed.ts';
import { keyOf } from './names.ts';
import type { RunContext } from './context.ts';
import type { NetworkItem } from './items.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';

type Context = Omit<RunContext, 'source'>;

/** Phase `recreate-networks`: one that is here and the same is used; another one makes room. */
export async function recreateNetworks(context: Context): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('recreate-networks', plan.networks.length);
  for (const { order } of plan.networks) {
    const { name } = order;
    if (!items.get('network', name)?.isDone) await naming(`network ${name}`, () => persistently(() => recreate(context, order), signal));
    journal.finished(`network ${name}`, items.get('network', name)?.isReused ? 'is here' : '');
  }
}

async function recreate(context: Context, order: UserNetworkOrder): Promise<void> {
  const { targets, items, journal, signal } = context;
  const item = items.get('network', order.name) ?? (await noteBefore(context, order));
  if (item.isReused) return;
  if (item.before) await targets.networks.remove(item.before.id, signal);
  const { made, isElsewhere } = await makeSomewhere(context, order, item);
  for (const warning of made.warnings) journal.warn(`network ${order.name}: ${warning}`);
  items.put<'network'>({ ...item, network: made.id, isElsewhere, isDone: true });
}

type Made = Awaited<ReturnType<typeof makeNetwork>>;

/** With its subnets; where others have these, with free ones, unless containers have addresses of their own there. */
async function makeSomewhere(context: Context, order: UserNetworkOrder, item: NetworkItem): Promise<{ made: Made; isElsewhere: boolean }> {
  const { plan, items, journal } = context;
  const isElsewhere = item.isElsewhere ?? false;
  try {
    return { made: await makeNetwork(context, order, isElsewhere), isElsewhere };
  } catch (error) {
    if (isElsewhere || order.subnets.length === 0 || !isKind(error, 'failed-precondition')) throw error;
    const settled = settledOn(plan, order.name);
    if (settled.length > 0) throw failedPrecondition(`${error.message}; containers have addresses there: ${settled.join(', ')}`, error);
    journal.warn(`network ${order.name}: ${error.message}: here it has another subnet`);
    items.put<'network'>({ ...item, isElsewhere: true });
    return { made: await makeNetwork(context, order, true), isElsewhere: true };
  }
}

/** Once in a run, however often it is asked for. One of that name that somebody else has made is ALREADY_EXISTS. */
export async function makeNetwork(context: Context, order: UserNetworkOrder, isElsewhere = false): Promise<{ id: string; warnings: readonly string[] }> {
  const { targets, signal } = context;
  const key = keyOf(context, order.name);
  return isElsewhere ? targets.networks.create({ ...order, subnets: [] }, `${key}/elsewhere`, signal) : targets.networks.create(order, key, signal);
}

async function noteBefore(context: Context, order: UserNetworkOrder): Promise<NetworkItem> {
  const { targets, items, signal } = context;
  const present = await targets.networks.find(order.name, signal);
  const isReused = present !== undefined && isSameNetwork(present.order, order);
  if (present && !isReused) requireAgreed(context, `network ${order.name}`);
  return items.put<'network'>({ kind: 'network', name: order.name, isReused, ...(present && !isReused ? { before: present } : {}), isDone: isReused });
}
