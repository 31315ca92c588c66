import { failedPrecondition, isKind } from '@arcbox/errors';
import type { RunContext } from './context.ts';
import type { VolumeItem } from './items.ts';
import { isStandIn } from './stand-in.ts';

type Context = Omit<RunContext, 'source'>;

/** What has come goes, and what was there is there again. What cannot be told to be the run's own stays. */
export async function undoVolume(context: Context, item: VolumeItem): Promise<void> {
  const { targets, signal } = context;
  const { name, aside, created, wasHere } = item;
  const present = await targets.volumes.find(name, signal);
  const hasCome = created !== undefined && present?.created === created;
  if (hasCome && wasHere && aside !== undefined) await exchangeBack(context, name, aside);
  else if (hasCome || (!wasHere && isStandIn(context, present))) await targets.volumes.remove(name, signal);
  else if (present && !wasHere && aside === undefined) throw failedPrecondition('somebody may have made it meanwhile, so it stays');
  if (aside !== undefined) await removeAside(context, item, aside);
}

async function exchangeBack({ targets }: Context, name: string, aside: string): Promise<void> {
  try {
    await targets.volumes.exchange(name, aside);
  } catch (error) {
    if (!isKind(error, 'failed-precondition')) throw error;
    throw failedPrecondition(`${error.message}; what was here is in volume ${aside}`, error);
  }
}

/** Never what was here before. */
async function removeAside({ targets, signal }: Context, { created, wasHere }: VolumeItem, aside: string): Promise<void> {
  const rest = await targets.volumes.find(aside, signal);
  if (!rest) return;
  const isOurs = !wasHere || created === undefined || rest.created === created;
  if (!isOurs) throw failedPrecondition(`what was here is in volume ${aside}`);
  await targets.volumes.remove(aside, signal);
}
