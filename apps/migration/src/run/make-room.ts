import { failedPrecondition } from '@arcbox/errors';
import { findReplacements } from '../plan/replacements.ts';
import { type RunContext, tagOf } from './context.ts';
import { persistently } from './persistently.ts';

/**
 * Phase `prepare`: what has come here since the plan was made is refused, and
 * containers that are in the way are stopped and called something else.
 */
export async function makeRoom(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  if (items.isEmpty()) await refuseSurprises(context);
  const inTheWay = plan.containers.filter(({ name }) => plan.replacements.includes(`container ${name}`));
  journal.begin('prepare', inTheWay.length);
  for (const { name } of inTheWay) {
    await persistently(() => putAside(context, name), signal);
    journal.finished(`container ${name}`);
  }
}

async function refuseSurprises({ plan, targets, signal }: RunContext): Promise<void> {
  const surprises = (await findReplacements(targets, plan, signal)).filter((one) => !plan.replacements.includes(one));
  if (surprises.length > 0) throw failedPrecondition(`${surprises.join(', ')}: here since the plan was made; make another`);
}

/** Name of a container that makes room. */
export const asideName = (context: Pick<RunContext, 'plan'>, name: string): string => `${name}.replaced-${tagOf(context.plan)}`;

async function putAside(context: RunContext, name: string): Promise<void> {
  const { targets, items, signal } = context;
  const known = items.get('aside', name);
  if (known?.isDone) return;
  const present = known ? undefined : await targets.containers.find(name, signal);
  if (!known && !present) return;
  const was = present?.isPaused ? 'paused' : present?.isRunning ? 'running' : 'stopped';
  const item = known ?? items.put<'aside'>({ kind: 'aside', name, container: present?.id ?? '', was, isDone: false });
  await targets.containers.stop(item.container, signal);
  if (await targets.containers.find(name, signal)) await targets.containers.rename(item.container, asideName(context, name), signal);
  items.put<'aside'>({ ...item, isDone: true });
}
