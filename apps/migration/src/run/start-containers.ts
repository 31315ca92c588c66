import { inOrder } from '../plan/start-order.ts';
import type { PlannedContainer } from '../plan/plan.ts';
import type { RunContext } from './context.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';

/** Phase `start-containers`: those that ran at the source when it was stopped, each after those that it waits for. */
export async function startContainers(context: RunContext): Promise<void> {
  const { plan, items, skipStart, journal, signal } = context;
  const ran = skipStart ? [] : plan.containers.filter(({ id }) => (items.get('source', id)?.was ?? 'stopped') !== 'stopped');
  journal.begin('start-containers', ran.length);
  for (const container of inOrder(ran, ({ after }) => after)) {
    await naming(`container ${container.name}`, () => persistently(() => start(context, container), signal));
    journal.finished(`container ${container.name}`);
  }
}

async function start({ targets, items, signal }: RunContext, { id, name }: PlannedContainer): Promise<void> {
  const item = items.get('container', name);
  const container = item?.container ?? name;
  if (item && !item.isStarted) items.put<'container'>({ ...item, isStarted: true });
  const present = await targets.containers.find(name, signal);
  // Nothing is done to one that runs; but one that is paused would be refused.
  if (!present?.isPaused) await targets.containers.start(container, signal);
  if (items.get('source', id)?.was === 'paused' && !present?.isPaused) await targets.containers.pause(container, signal);
}
