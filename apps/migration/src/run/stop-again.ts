import { stateOf, startOf, volumesOf } from '../plan/inventory.ts';
import type { PlannedContainer } from '../plan/plan.ts';
import type { Json } from '../settings/json.ts';
import type { RunContext } from './context.ts';
import type { SourceItem } from './items.ts';
import { persistently } from './persistently.ts';
import { stop, stopOrder } from './stop-source.ts';

/**
 * Containers of the source that somebody has started since they were stopped are
 * stopped again, and what was brought over of them is marked: it comes once more.
 * Their names. None when those here are being started: nobody's files are changed then.
 */
export async function stopAgain(context: RunContext): Promise<string[]> {
  const { plan, items } = context;
  if (items.all('container').some(({ isStarted }) => isStarted)) return [];
  const again: string[] = [];
  for (const container of stopOrder(plan)) if (await stopIfStarted(context, container)) again.push(container.name);
  return again;
}

async function stopIfStarted(context: RunContext, container: PlannedContainer): Promise<boolean> {
  const { source, items, journal, signal } = context;
  const found = await persistently(() => source.container(container.id, signal), signal);
  const item = items.get('source', container.id);
  if (!found || !item || !hasRun(found, item)) return false;
  markStale(context, container, found);
  const state = stateOf(found);
  // What it was before it is stopped decides what it is here, and what it is there when this is undone.
  items.put<'source'>({ ...item, was: state === 'stopped' ? item.was : state, isDone: false });
  await persistently(() => stop(context, container), signal);
  journal.warn(`container ${container.name} was started at the source during the migration: it was stopped again, and what it has written is brought over too`);
  return true;
}

/** Since it was stopped. */
export const hasRun = (found: Json, { started }: SourceItem): boolean => stateOf(found) !== 'stopped' || startOf(found) !== started;

/** Before anything is noted of the container: whoever comes after a crash finds it so. */
function markStale({ items }: RunContext, { name }: PlannedContainer, found: Json): void {
  for (const volume of volumesOf(found).flatMap((one) => items.get('volume', one.name) ?? [])) {
    if (volume.aside !== undefined && volume.created !== undefined) items.put<'volume'>({ ...volume, isStale: true, isDone: false });
  }
  const container = items.get('container', name);
  if (container) items.put<'container'>({ ...container, isDone: false });
}
