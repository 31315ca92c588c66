import { dataLoss, failedPrecondition } from '@arcbox/errors';
import { eachInParallel } from '@arcbox/stream';
import type { PlannedVolume } from '../plan/plan.ts';
import type { VolumeOrder } from '../settings/volume.ts';
import { requireAgreed } from './agreed.ts';
import { asideName } from './names.ts';
import type { RunContext } from './context.ts';
import { formatBytes } from './format-bytes.ts';
import type { VolumeItem } from './items.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';
import { readVolume } from './read-volume.ts';
import { requireStandIn } from './stand-in.ts';
import { digestTree, watchArchive } from './tree-digest.ts';

/** Disks are no faster with more. */
const atOnce = 2;

/** Phase `import-volumes`: a volume is seen under its name when all of it is here and compared. */
export async function importVolumes(context: RunContext): Promise<void> {
  const { plan, items, journal, signal } = context;
  journal.begin('import-volumes', plan.volumes.length);
  await eachInParallel(plan.volumes, { limit: atOnce, signal }, async (volume, either) => {
    const { name } = volume.order;
    if (!items.get('volume', name)?.isDone) await naming(`volume ${name}`, () => persistently(() => importVolume({ ...context, signal: either }, volume), either));
    journal.finished(`volume ${name}`);
  });
}

async function importVolume(context: RunContext, volume: PlannedVolume): Promise<void> {
  const { targets, items, signal } = context;
  const { order } = volume;
  const item = items.get('volume', order.name) ?? (await noteBefore(context, order));
  if (item.aside === undefined) return makeMount(context, order, item);
  if (item.created === undefined) {
    await targets.volumes.create({ ...order, name: item.aside }, signal);
    await fill(context, volume, item.aside);
  }
  const placed = await takePlace(context, item, item.aside);
  if (item.isStale) await fill(context, volume, order.name);
  items.put<'volume'>({ ...placed, isStale: false, isDone: true });
}

async function noteBefore(context: RunContext, { name, options }: VolumeOrder): Promise<VolumeItem> {
  const { targets, items, signal } = context;
  const present = await targets.volumes.find(name, signal);
  const isMount = Object.keys(options).length > 0;
  if (present) requireAgreed(context, `volume ${name}`);
  // What is mounted by its options is not ours to copy, nor to put aside.
  if (present && (isMount || Object.keys(present.options).length > 0)) {
    throw failedPrecondition(`volume ${name} is here, and another than the source's, and one of them is a mount of its own: remove one of them`);
  }
  const aside = isMount ? {} : { aside: asideName(context, name) };
  return items.put<'volume'>({ kind: 'volume', name, wasHere: present !== undefined, ...aside, isDone: false });
}

async function makeMount({ targets, items, signal }: RunContext, order: VolumeOrder, item: VolumeItem): Promise<void> {
  await targets.volumes.create(order, signal);
  const made = await targets.volumes.find(order.name, signal);
  items.put<'volume'>({ ...item, ...(made ? { created: made.created } : {}), isDone: true });
}

/** What was there is in the other one afterwards. Their age tells whether it has happened. */
async function takePlace(context: RunContext, item: VolumeItem, aside: string): Promise<VolumeItem> {
  const { targets, items, signal } = context;
  const { name, wasHere } = item;
  const created = item.created ?? (await targets.volumes.find(aside, signal))?.created;
  if (created === undefined) throw failedPrecondition(`volume ${aside}, in which volume ${name} was to come, was removed`);
  const noted = items.put<'volume'>({ ...item, created });
  if ((await targets.volumes.find(name, signal))?.created !== created) {
    if (!wasHere) await requireStandIn(context, name);
    await targets.volumes.exchange(name, aside);
  }
  if (!wasHere) await targets.volumes.remove(aside, signal);
  return noted;
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
