import { failedPrecondition } from '@arcbox/errors';
import type { PlannedContainer } from '../plan/plan.ts';
import { inOrder } from '../plan/start-order.ts';
import { familiar } from '../settings/familiar.ts';
import { keyOf } from './names.ts';
import { carryChanges } from './carry-changes.ts';
import type { RunContext } from './context.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';

/** Phase `recreate-containers`: made with all settings and what they have written, those that others need first. */
export async function recreateContainers(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('recreate-containers', plan.containers.length);
  for (const container of inOrder(plan.containers, ({ needs }) => needs)) {
    if (!items.get('container', container.name)?.isDone) await naming(`container ${container.name}`, () => persistently(() => recreate(context, container), signal));
    journal.finished(`container ${container.name}`);
  }
}

async function recreate(context: RunContext, container: PlannedContainer): Promise<void> {
  const { items, journal } = context;
  const { name } = container;
  const item = items.get('container', name) ?? items.put<'container'>({ kind: 'container', name, isDone: false });
  let id = item.container;
  if (id === undefined) {
    const made = await makeContainer(context, container);
    for (const warning of made.warnings) journal.warn(`container ${name}: ${warning}`);
    id = made.id;
    items.put<'container'>({ ...item, container: id });
  }
  await carryChanges(context, container, id, item.container !== undefined);
  items.put<'container'>({ ...item, container: id, isDone: true });
}

/** Once in a run, however often it is asked for: a worker may have died before it heard of it. One of that name that somebody else has made is ALREADY_EXISTS. */
export async function makeContainer(context: Omit<RunContext, 'source'>, container: PlannedContainer): Promise<{ id: string; warnings: readonly string[] }> {
  const { targets, signal } = context;
  return targets.containers.create({ ...container.order, image: imageOf(context, container) }, keyOf(context, container.name), signal);
}

/** The name it was made with where that means the same image, else the id that the image has here. */
function imageOf({ plan, items }: Pick<RunContext, 'plan' | 'items'>, { name, imageId, order }: PlannedContainer): string {
  const local = items.get('image', imageId)?.localId;
  if (local === undefined) throw failedPrecondition(`container ${name}: its image has not come`);
  const tags = plan.images.find(({ id }) => id === imageId)?.tags ?? [];
  return order.image !== imageId && tags.includes(familiar(order.image)) ? order.image : local;
}
