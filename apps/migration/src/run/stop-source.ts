import { failedPrecondition } from '@arcbox/errors';
import { stateOf } from '../plan/inventory.ts';
import type { PlannedContainer } from '../plan/plan.ts';
import { inOrder } from '../plan/start-order.ts';
import type { RunContext } from './context.ts';
import { persistently } from './persistently.ts';

/** Phase `stop-source-containers`: those that run, whoever needs others first. What they were is noted before. */
export async function stopSource(context: RunContext): Promise<void> {
  const { plan, journal, signal } = context;
  journal.begin('stop-source-containers', plan.containers.length);
  for (const container of inOrder(plan.containers, ({ after }) => after).reverse()) {
    const said = await persistently(() => stop(context, container), signal);
    journal.finished(`container ${container.name}`, said);
  }
}

async function stop({ source, items, signal }: RunContext, { id, name }: PlannedContainer): Promise<string> {
  const found = await source.container(id, signal);
  if (!found) throw failedPrecondition(`container ${name} is no longer at the source; make another plan`);
  const state = stateOf(found);
  const known = items.get('source', id);
  if (state === 'stopped') return known ? 'stopped' : 'does not run';
  const item = known ?? items.put<'source'>({ kind: 'source', name: id, was: state, isDone: false });
  // Nobody who is frozen hears a signal.
  if (state === 'paused') await source.unpause(id, signal);
  await source.stop(id, signal);
  items.put<'source'>({ ...item, isDone: true });
  return 'stopped';
}
