import { failedPrecondition } from '@arcbox/errors';
import { formatFamiliar, parseReference } from '@arcbox/reference';
import type { PlannedContainer } from '../plan/plan.ts';
import { inOrder } from '../plan/start-order.ts';
import { carryChanges } from './carry-changes.ts';
import type { RunContext } from './context.ts';
import { persistently } from './persistently.ts';

/** Phase `recreate-containers`: made with all settings and what they have written, those that others need first. */
export async function recreateContainers(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('recreate-containers', plan.containers.length);
  for (const container of inOrder(plan.containers, ({ needs }) => needs)) {
    if (!items.get('container', container.name)?.isDone) await persistently(() => recreate(context, container), signal);
    journal.finished(`container ${container.name}`);
  }
}

async function recreate(context: RunContext, container: PlannedContainer): Promise<void> {
  const { plan, attempt, targets, items, journal, signal } = context;
  const { name } = container;
  const item = items.get('container', name) ?? items.put<'container'>({ kind: 'container', name, isDone: false });
  let id = item.container;
  if (id === undefined) {
    // One of this name has come from the same run, which died before it heard of it.
    id = (await targets.containers.find(name, signal))?.id;
    if (id === undefined) {
      const made = await targets.containers.create({ ...container.order, image: imageOf(context, container) }, `${plan.id}/${attempt}/${name}`, signal);
      for (const warning of made.warnings) journal.warn(`container ${name}: ${warning}`);
      id = made.id;
    }
    items.put<'container'>({ ...item, container: id });
  }
  await carryChanges(context, container, id);
  items.put<'container'>({ ...item, container: id, isDone: true });
}

/** The name it was made with where that means the same image, else the id that the image has here. */
function imageOf({ plan, items }: RunContext, { name, imageId, order }: PlannedContainer): string {
  const local = items.get('image', imageId)?.localId;
  if (local === undefined) throw failedPrecondition(`container ${name}: its image has not come`);
  const tags = plan.images.find(({ id }) => id === imageId)?.tags ?? [];
  return order.image !== imageId && tags.includes(familiar(order.image)) ? order.image : local;
}

function familiar(name: string): string {
  try {
    return formatFamiliar(parseReference(name));
  } catch {
    // An id, or the beginning of one.
    return name;
  }
}
