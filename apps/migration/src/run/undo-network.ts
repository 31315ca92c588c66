import { alreadyExists } from '@arcbox/errors';
import { isSameNetwork } from '../plan/same-network.ts';
import { keyOf } from './names.ts';
import type { RunContext } from './context.ts';
import type { NetworkItem } from './items.ts';
import { makeNetwork } from './recreate-networks.ts';
import { findUnheard } from './unheard.ts';

type Context = Omit<RunContext, 'source'>;

/** The network that a run has made goes, and the one that gave way is made again. */
export async function undoNetwork(context: Context, { name, before, network, isReused, isElsewhere }: NetworkItem): Promise<void> {
  const { plan, targets, signal } = context;
  if (isReused) return;
  const planned = plan.networks.find(({ order }) => order.name === name);
  const id = network ?? (planned && (await findUnheard(() => makeNetwork(context, planned.order, isElsewhere))));
  if (id !== undefined) await targets.networks.remove(id, signal);
  if (!before) return;
  const present = await targets.networks.find(name, signal);
  if (present && !isSameNetwork(present.order, before.order)) throw alreadyExists(`another network ${name} has been made`);
  if (!present) await targets.networks.create(before.order, `${keyOf(context, name)}/before`, signal);
}
