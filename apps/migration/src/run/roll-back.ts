import { messageOf } from '@arcbox/errors';
import { stateOf } from '../plan/inventory.ts';
import type { Docker } from '../source/docker.ts';
import { asideName } from './make-room.ts';
import type { RunContext } from './context.ts';
import type { AsideItem, ImageItem, Item, NetworkItem, SourceItem, VolumeItem } from './items.ts';
import { persistently } from './persistently.ts';

type Context = Omit<RunContext, 'source'>;

/**
 * Undoes what a run has done, the last first: what it made goes, what made room
 * comes back, containers of the source that it stopped run again. Each item is
 * forgotten when it is undone. What cannot be undone is told, and keeps nothing else
 * from being undone.
 */
export async function rollBack(context: Context, open: () => Promise<Docker>): Promise<void> {
  const { items } = context;
  await undoAll(context, items.all('container'), ({ name, container }) => removeContainer(context, name, container));
  await undoAll(context, items.all('network'), (item) => undoNetwork(context, item));
  await undoAll(context, items.all('volume'), (item) => undoVolume(context, item));
  await undoAll(context, items.all('image'), (item) => undoImage(context, item));
  await undoAll(context, items.all('aside'), (item) => comeBack(context, item));
  const stopped = items.all('source');
  if (stopped.length > 0) await withSource(context, stopped, open);
}

/** The source may have gone meanwhile: what is here is put back all the same. */
async function withSource(context: Context, stopped: readonly SourceItem[], open: () => Promise<Docker>): Promise<void> {
  const opening = open();
  try {
    await undoAll(context, stopped, async (item) => runAgain(await opening, item, context.signal));
  } finally {
    await opening.then((source) => source[Symbol.asyncDispose](), () => {});
  }
}

async function undoAll<One extends Item>({ items, journal, signal }: Context, all: readonly One[], undo: (item: One) => Promise<void>): Promise<void> {
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
async function removeContainer({ targets, signal }: Context, name: string, known: string | undefined): Promise<void> {
  const id = known ?? (await targets.containers.find(name, signal))?.id;
  // Its volumes are undone by themselves.
  if (id !== undefined) await targets.containers.remove(id, false, signal);
}

async function undoNetwork({ targets, signal }: Context, { name, before, isReused }: NetworkItem): Promise<void> {
  if (isReused) return;
  await targets.networks.remove(name, signal);
  if (before) await targets.networks.create(before, signal);
}

async function undoVolume({ targets, signal }: Context, { name, aside, created }: VolumeItem): Promise<void> {
  if (aside === undefined) return targets.volumes.remove(name, signal);
  const isExchanged = created !== undefined && (await targets.volumes.find(name, signal))?.created === created;
  if (isExchanged) await targets.volumes.exchange(name, aside, signal);
  await targets.volumes.remove(aside, signal);
}

async function undoImage({ targets, signal }: Context, { wasHere, before, kept, localId, name }: ImageItem): Promise<void> {
  for (const [tag, id] of Object.entries(before)) {
    const present = await targets.images.find(tag, signal);
    if (id !== '' && present?.id !== id) await targets.images.tag(id, tag, signal);
    if (id === '' && present) await targets.images.remove(tag, signal);
  }
  for (const tag of Object.keys(kept)) await targets.images.remove(tag, signal);
  const id = localId ?? name;
  if (!wasHere && (await targets.images.find(id, signal))) await targets.images.remove(id, signal);
}

async function comeBack(context: Context, { name, container, was }: AsideItem): Promise<void> {
  const { targets, signal } = context;
  if (await targets.containers.find(asideName(context, name), signal)) await targets.containers.rename(container, name, signal);
  if (was !== 'stopped') await targets.containers.start(container, signal);
  if (was === 'paused') await targets.containers.pause(container, signal);
}

async function runAgain(source: Docker, { name, was }: SourceItem, signal: AbortSignal): Promise<void> {
  const found = await source.container(name, signal);
  // Somebody has removed it, or it was put back before.
  if (!found || stateOf(found) === was) return;
  await source.start(name, signal);
  if (was === 'paused') await source.pause(name, signal);
}
