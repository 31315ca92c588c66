import { dataLoss } from '@arcbox/errors';
import { formatBytes } from './format-bytes.ts';
import { eachInParallel } from '@arcbox/stream';
import type { PlannedImage } from '../plan/plan.ts';
import type { LocalImage } from '../target/images-client.ts';
import { batchImages } from './batch-images.ts';
import { requireAgreed } from './agreed.ts';
import { tagOf } from './names.ts';
import type { RunContext } from './context.ts';
import type { ImageItem } from './items.ts';
import { naming } from './naming.ts';
import { persistently } from './persistently.ts';

/** Archives that are on their way at the same time. */
const atOnce = 3;

/** Phase `import-images`: those that are not here; layers that several of them have come once. */
export async function importImages(context: RunContext): Promise<void> {
  const { plan, targets, items, journal, signal } = context;
  journal.begin('import-images', plan.images.length);
  if (!items.get('store', 'images')) items.put<'store'>({ kind: 'store', name: 'images', ids: await persistently(() => targets.images.ids(signal), signal), isDone: true });
  const missing: PlannedImage[] = [];
  for (const image of plan.images) {
    if (items.get('image', image.id)?.isDone || (await useWhatIsHere(context, image))) journal.finished(shownName(image), 'is here');
    else missing.push(image);
  }
  await eachInParallel(batchImages(missing), { limit: atOnce, signal }, async (batch, either) => {
    await naming(shownBatch(batch), () => persistently(() => importBatch({ ...context, signal: either }, batch), either));
    for (const image of batch) journal.finished(shownName(image), formatBytes(image.size));
  });
}

type Context = Omit<RunContext, 'source'>;

const shownName = ({ id, tags }: PlannedImage): string => `image ${tags[0] ?? id.slice(0, 19)}`;

const shownBatch = ([first, ...others]: readonly PlannedImage[]): string =>
  `${first ? shownName(first) : ''}${others.length > 0 ? ` and ${others.length} more` : ''}`;

/** Names an image that is here. False when it is not. */
async function useWhatIsHere(context: Context, image: PlannedImage): Promise<boolean> {
  const { targets, items, signal } = context;
  const present = await targets.images.find(image.id, signal);
  if (!present) return false;
  const item = await keepBefore(context, await noteBefore(context, image, true));
  for (const tag of image.tags) if (!present.tags.includes(tag)) await targets.images.tag(image.id, tag, signal);
  items.put<'image'>({ ...item, localId: image.id, isDone: true });
  return true;
}

/** Notes what has the names of an image. */
async function noteBefore(context: Context, image: PlannedImage, wasHere: boolean): Promise<ImageItem> {
  const { targets, items, signal } = context;
  const known = items.get('image', image.id);
  if (known) return known;
  const before: { [tag: string]: string } = {};
  const kept: { [tag: string]: string } = {};
  for (const tag of image.tags) {
    const present = await targets.images.find(tag, signal);
    before[tag] = present?.id ?? '';
    if (!present || present.id === image.id) continue;
    requireAgreed(context, `image ${tag}`);
    kept[`arcbox-replaced/${tagOf(context)}:${present.id.slice(-12)}`] = present.id;
  }
  return items.put<'image'>({ kind: 'image', name: image.id, wasHere, before, kept, isDone: false });
}

/** What had the names has others until the end. */
async function keepBefore({ targets, signal }: Context, item: ImageItem): Promise<ImageItem> {
  for (const [name, id] of Object.entries(item.kept)) await targets.images.tag(id, name, signal);
  return item;
}

async function importBatch(context: RunContext, batch: readonly PlannedImage[]): Promise<void> {
  const { source, targets, items, journal, signal } = context;
  for (const image of batch) await keepBefore(context, await noteBefore(context, image, false));
  const names = batch.flatMap(({ id, tags }) => (tags.length > 0 ? tags : [id]));
  const [first] = batch;
  const archive = counted(source.save(names, signal), (bytes) => journal.pulse(first ? shownName(first) : '', formatBytes(bytes)));
  const imported = await targets.images.import(archive, signal);
  for (const image of batch) {
    const local = await findImported(context, image, imported.map(({ id }) => id));
    const item = await noteBefore(context, image, false);
    items.put<'image'>({ ...item, localId: local.id, isDone: true });
  }
}

/** Same id: same configuration, which names the same layers. Some engines write another configuration into their archives. */
async function findImported({ targets, signal }: Context, image: PlannedImage, ids: readonly string[]): Promise<LocalImage> {
  for (const id of [image.id, ...ids]) {
    const local = await targets.images.find(id, signal);
    if (local && sameLayers(local, image) && image.tags.every((tag) => local.tags.includes(tag))) return local;
  }
  throw dataLoss(`${shownName(image)} did not arrive as it is at the source: other layers`);
}

export const sameLayers = (local: LocalImage, { diffIds }: PlannedImage): boolean => local.diffIds.join() === diffIds.join();

async function* counted(archive: AsyncIterable<Buffer>, tell: (bytes: number) => void): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of archive) {
    tell((bytes += chunk.length));
    yield chunk;
  }
}
