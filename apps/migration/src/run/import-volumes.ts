import { dataLoss, failedPrecondition } from '@arcbox/errors';
import { eachInParallel } from '@arcbox/stream';
import type { PlannedVolume } from '../plan/plan.ts';
import { type RunContext, tagOf } from './context.ts';
import { formatBytes } from './format-bytes.ts';
import type { VolumeItem } from './items.ts';
import { persistently } from './persistently.ts';
import { readVolume } from './read-volume.ts';
import { digestTree, watchArchive } from './tree-digest.ts';

/** Disks are no faster with more. */
const atOnce = 2;

/** Phase `import-volumes`: a volume is seen under its name when all of it is here and compared. */
export async function importVolumes(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('import-volumes', plan.volumes.length);
  await eachInParallel(plan.volumes, { limit: atOnce, signal }, async (volume, either) => {
    const { name } = volume.order;
    if (!items.get('volume', name)?.isDone) await persistently(() => importVolume({ ...context, signal: either }, volume), either);
    journal.finished(`volume ${name}`);
  });
}

async function importVolume(context: RunContext, volume: PlannedVolume): Promise<void> {
  const { targets, items, signal } = context;
  const { order } = volume;
  const item = items.get('volume', order.name) ?? (await noteBefore(context, order.name));
  const name = item.aside ?? order.name;
  // What is mounted by its options is not ours to copy.
  const isMount = Object.keys(order.options).length > 0;
  if (isMount && item.aside !== undefined) {
    throw failedPrecondition(`volume ${order.name} is here, and another than the source's, which is a mount of its own: remove one of them`);
  }
  if (item.created === undefined) {
    await targets.volumes.create({ ...order, name }, signal);
    if (!isMount) await fill(context, volume, name);
  }
  if (item.aside !== undefined) await takePlace(context, item);
  else items.put<'volume'>({ ...item, isDone: true });
}

async function noteBefore({ plan, targets, items, signal }: RunContext, name: string): Promise<VolumeItem> {
  const present = await targets.volumes.find(name, signal);
  const aside = present ? { aside: `${name.slice(0, 200)}.replaced-${tagOf(plan)}` } : {};
  return items.put<'volume'>({ kind: 'volume', name, ...aside, isDone: false });
}

/** What was there is in the other one afterwards. Their age tells whether it has happened. */
async function takePlace({ targets, items, signal }: RunContext, item: VolumeItem): Promise<void> {
  const { name, aside = '' } = item;
  const created = item.created ?? (await targets.volumes.find(aside, signal))?.created ?? '';
  const noted = items.put<'volume'>({ ...item, created });
  if ((await targets.volumes.find(name, signal))?.created !== created) await targets.volumes.exchange(name, aside, signal);
  items.put<'volume'>({ ...noted, isDone: true });
}

async function fill(context: RunContext, volume: PlannedVolume, name: string): Promise<void> {
  const { targets, journal, signal } = context;
  const shown = `volume ${volume.order.name}`;
  await using reading = await readVolume(context, volume);
  const { content, digest } = watchArchive(reading.content, (bytes) => journal.pulse(shown, formatBytes(bytes)));
  await targets.volumes.fill(name, content, signal);
  journal.pulse(shown, 'is compared');
  const [there, here] = [await digest, await digestTree(await targets.volumes.read(name, signal))];
  if (there.digest !== here.digest) throw dataLoss(`${shown} did not arrive as it is at the source: ${there.files} files there, ${here.files} here, or other content`);
}
