import { isKind, messageOf } from '@arcbox/errors';
import { asideName } from './make-room.ts';
import type { RunContext } from './context.ts';
import type { AsideItem, ImageItem, Item, NetworkItem, SourceItem, VolumeItem } from './items.ts';
import { persistently } from './persistently.ts';

/**
 * Undoes what a run has done, the last first: what it made goes, what made room
 * comes back, containers of the source that it stopped run again. Each item is
 * forgotten when it is undone. What cannot be undone is told, and keeps nothing else
 * from being undone.
 */
export async function rollBack(context: RunContext): Promise<void> {
  const { items } = context;
  await undoAll(context, items.all('container'), ({ name, container }) => removeContainer(context, name, container));
  await undoAll(context, items.all('network'), (item) => undoNetwork(context, item));
  await undoAll(context, items.all('volume'), (item) => undoVolume(context, item));
  await undoAll(context, items.all('image'), (item) => undoImage(context, item));
  await undoAll(context, items.all('aside'), (item) => comeBack(context, item));
  await undoAll(context, items.all('source'), (item) => runAgain(context, item));
}

async function undoAll<One extends Item>({ items, journal, signal }: RunContext, all: readonly One[], undo: (item: One) => Promise<void>): Promise<void> {
  for (const item of [...all].reverse()) {
    try {
      await persistently(() => undo(item), signal);
    } catch (error) {
      signal.throwIfAborted();
      journal.warn(`not put back: ${item.kind} ${item.name}: ${messageOf(error)}`);
    }
    items.forget(item);
  }
}

/** Also one that was made and not heard of. */
async function removeContainer({ targets, signal }: RunContext, name: string, known: string | undefined): Promise<void> {
  const id = known ?? (await targets.containers.find(name, signal))?.id;
  // Its volumes are undone by themselves.
  if (id !== undefined) await targets.containers.remove(id, false, signal);
}

async function undoNetwork({ targets, signal }: RunContext, { name, before, isReused }: NetworkItem): Promise<void> {
  if (isReused) return;
  await targets.networks.remove(name, signal);
  if (before) await targets.networks.create(before, signal);
}

async function undoVolume({ targets, signal }: RunContext, { name, aside, created }: VolumeItem): Promise<void> {
  if (aside === undefined) return targets.volumes.remove(name, signal);
  const isExchanged = created !== undefined && (await targets.volumes.find(name, signal))?.created === created;
  if (isExchanged) await targets.volumes.exchange(name, aside, signal);
  await targets.volumes.remove(aside, signal);
}

async function undoImage({ targets, signal }: RunContext, { wasHere, before, kept, localId, name }: ImageItem): Promise<void> {
  for (const [tag, id] of Object.entries(before)) {
    const present = await targets.images.find(tag, signal);
    if (id !== '' && present?.id !== id) await targets.images.tag(id, tag, signal);
    if (id === '' && present) await targets.images.remove(tag, signal);
  }
  for (const tag of Object.keys(kept)) await targets.images.remove(tag, signal);
  const id = localId ?? name;
  if (!wasHere && (await targets.images.find(id, signal))) await targets.images.remove(id, signal);
}

async function comeBack(context: RunContext, { name, container, was }: AsideItem): Promise<void> {
  const { targets, signal } = context;
  if (await targets.containers.find(asideName(context, name), signal)) await targets.containers.rename(container, name, signal);
  if (was !== 'stopped') await targets.containers.start(container, signal);
  if (was === 'paused') await targets.containers.pause(container, signal);
}

async function runAgain({ source, signal }: RunContext, { name, was }: SourceItem): Promise<void> {
  try {
    await source.start(name, signal);
    if (was === 'paused') await source.pause(name, signal);
  } catch (error) {
    // Somebody has removed it.
    if (!isKind(error, 'not-found')) throw error;
  }
}
