import { stateOf, startOf } from '../plan/inventory.ts';
import type { Plan, PlannedContainer } from '../plan/plan.ts';
import { inOrder } from '../plan/start-order.ts';
import type { RunContext } from './context.ts';
import type { SourceItem } from './items.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';
import { requireAtSource } from './require-at-source.ts';

/** Phase `stop-source-containers`: those that run, whoever needs others first. What they were is noted before. */
export async function stopSource(context: RunContext): Promise<void> {
  const { plan, journal, signal } = context;
  journal.begin('stop-source-containers', plan.containers.length);
  for (const container of stopOrder(plan)) {
    const said = await naming(`container ${container.name}`, () => persistently(() => stop(context, container), signal));
    journal.finished(`container ${container.name}`, said);
  }
}

export const stopOrder = ({ containers }: Plan): PlannedContainer[] => inOrder(containers, ({ after }) => after).reverse();

/** When it was started is noted once it is stopped: whoever starts it later is noticed by that. */
export async function stop(context: RunContext, container: PlannedContainer): Promise<string> {
  const { source, items, signal } = context;
  const { id } = container;
  const known = items.get('source', id);
  if (known?.isDone) return saidOf(known);
  const state = stateOf(await requireAtSource(context, container));
  const item = known ?? items.put<'source'>({ kind: 'source', name: id, was: state, isDone: false });
  // Nobody who is frozen hears a signal.
  if (state === 'paused') await source.unpause(id, signal);
  if (state !== 'stopped') await source.stop(id, signal);
  items.put<'source'>({ ...item, started: startOf(await requireAtSource(context, container)), isDone: true });
  return saidOf(item);
}

const saidOf = ({ was }: SourceItem): string => (was === 'stopped' ? 'does not run' : 'stopped');
