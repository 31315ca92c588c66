import { failedPrecondition } from '@arcbox/errors';
import { findOverlaps, tellOverlap } from '../plan/overlaps.ts';
import { findReplacements, wouldVanish } from '../plan/replacements.ts';
import { requireAgreed } from './agreed.ts';
import { asideName } from './names.ts';
import type { RunContext } from './context.ts';
import { persistently } from './persistently.ts';

type Room = Omit<RunContext, 'source'>;

/**
 * Phase `prepare`: what has come here since the plan was made is refused, and
 * containers that are in the way are stopped and called something else.
 */
export async function makeRoom(context: Room): Promise<void> {
  const { plan, items, journal, signal } = context;
  if (items.isEmpty()) {
    requireAgreed(context, ...(await findReplacements(context.targets, plan, signal)));
    await requireSubnets(context);
  }
  const inTheWay = plan.containers.filter(({ name }) => plan.replacements.includes(`container ${name}`));
  journal.begin('prepare', inTheWay.length);
  for (const { name } of inTheWay) {
    await persistently(() => putAside(context, name), signal);
    journal.finished(`container ${name}`);
  }
}

/** Before hours have gone into what cannot be finished. */
async function requireSubnets({ plan, targets, signal }: Room): Promise<void> {
  const [overlap] = (await findOverlaps(targets, plan, signal)).filter(({ settled }) => settled.length > 0);
  if (overlap) throw failedPrecondition(tellOverlap(overlap));
}

async function putAside(context: Room, name: string): Promise<void> {
  const { targets, items, signal } = context;
  const known = items.get('aside', name);
  if (known?.isDone) return;
  const present = known ? undefined : await targets.containers.find(name, signal);
  if (!known && !present) return;
  if (present && (await wouldVanish(targets.containers, present, signal))) throw failedPrecondition(`container ${name} would remove itself when it is stopped, and could not come back: stop it first`);
  const was = present?.isPaused ? 'paused' : present?.isRunning ? 'running' : 'stopped';
  const item = known ?? items.put<'aside'>({ kind: 'aside', name, container: present?.id ?? '', was, isDone: false });
  await targets.containers.stop(item.container, signal);
  if ((await targets.containers.find(name, signal))?.id === item.container) await targets.containers.rename(item.container, asideName(context, name), signal);
  items.put<'aside'>({ ...item, isDone: true });
}
