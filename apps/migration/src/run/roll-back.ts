import { messageOf } from '@arcbox/errors';
import { stateOf } from '../plan/inventory.ts';
import type { Docker } from '../source/docker.ts';
import { asideName } from './names.ts';
import type { RunContext } from './context.ts';
import type { AsideItem, ContainerItem, Item, SourceItem } from './items.ts';
import { persistently } from './persistently.ts';
import { makeContainer } from './recreate-containers.ts';
import { undoImage } from './undo-image.ts';
import { undoNetwork } from './undo-network.ts';
import { undoVolume } from './undo-volume.ts';
import { findUnheard } from './unheard.ts';

type Context = Omit<RunContext, 'source'>;

/**
 * Undoes what a run has done, the last first: what it made goes, what made room
 * comes back, containers of the source that it stopped run again. Each item is
 * forgotten when it is undone. What cannot be undone is told, and keeps nothing else
 * from being undone.
 */
export async function rollBack(context: Context, open: () => Promise<Docker>): Promise<void> {
  const { items } = context;
  await undoAll(context, items.all('container'), (item) => removeContainer(context, item));
  await undoAll(context, items.all('network'), (item) => undoNetwork(context, item));
  await undoAll(context, items.all('volume'), (item) => undoVolume(context, item));
  await undoAll(context, items.all('image'), (item) => undoImage(context, item));
  await undoAll(context, items.all('store'), async () => {});
  await undoAll(context, items.all('aside'), (item) => comeBack(context, item));
  const stopped = items.all('source').filter(({ was }) => was !== 'stopped');
  if (stopped.length > 0) await withSource(context, stopped, open);
  // Those that did not run.
  await undoAll(context, items.all('source'), async () => {});
}

/** The source may have gone meanwhile: what is here is put back all the same. */
async function withSource(context: Context, stopped: readonly SourceItem[], open: () => Promise<Docker>): Promise<void> {
  const source = await open().catch((error: unknown) => {
    // To ask for each of them anew takes as long as there are containers.
    for (const item of stopped) leave(context, item, error);
  });
  if (!source) return;
  await using _source = source;
  await undoAll(context, stopped, (item) => runAgain(source, item, context.signal));
}

/** In the words of a person. */
const kinds: { readonly [kind in Item['kind']]: string } = {
  source: 'container of the source',
  aside: 'container',
  container: 'new container',
  image: 'image',
  store: 'images',
  volume: 'volume',
  network: 'network',
};

async function undoAll<One extends Item>(context: Context, all: readonly One[], undo: (item: One) => Promise<void>): Promise<void> {
  for (const item of [...all].reverse()) {
    try {
      await persistently(() => undo(item), context.signal);
      context.items.forget(item);
    } catch (error) {
      leave(context, item, error);
    }
  }
}

/** Told and forgotten: nobody tries it again. Throws when this worker stops, who comes next does. */
function leave({ plan, items, journal, signal }: Context, item: Item, error: unknown): void {
  signal.throwIfAborted();
  // Its id says nothing to anybody.
  const name = item.kind === 'source' ? (plan.containers.find(({ id }) => id === item.name)?.name ?? item.name) : item.name;
  journal.leave(`not put back: ${kinds[item.kind]} ${name}: ${messageOf(error)}`);
  items.forget(item);
}

async function removeContainer(context: Context, { name, container }: ContainerItem): Promise<void> {
  const { plan, targets, signal } = context;
  const planned = plan.containers.find((one) => one.name === name);
  const id = container ?? (planned && (await findUnheard(() => makeContainer(context, planned))));
  // Its volumes are undone by themselves.
  if (id !== undefined) await targets.containers.remove(id, false, signal);
}

async function comeBack(context: Context, { name, container, was, isDone }: AsideItem): Promise<void> {
  const { targets, signal } = context;
  // Who was asked to stop it may be at it.
  if (!isDone && was !== 'stopped') await targets.containers.stop(container, signal);
  if (await targets.containers.find(asideName(context, name), signal)) await targets.containers.rename(container, name, signal);
  if (was !== 'stopped') await targets.containers.start(container, signal);
  if (was === 'paused') await targets.containers.pause(container, signal);
}

async function runAgain(source: Docker, { name, was, isDone }: SourceItem, signal: AbortSignal): Promise<void> {
  const found = await source.container(name, signal);
  // Somebody has removed it, or it was put back before.
  if (!found || (isDone && stateOf(found) === was)) return;
  // The source goes on stopping it, though nobody waits for that any more.
  if (!isDone) await source.stop(name, signal);
  await source.start(name, signal);
  if (was === 'paused') await source.pause(name, signal);
}
