import { failedPrecondition } from '@arcbox/errors';
import type { LocalImage } from '../target/images-client.ts';
import type { RunContext } from './context.ts';
import { sameLayers } from './import-images.ts';
import type { ImageItem } from './items.ts';

type Context = Omit<RunContext, 'source'>;

/** Names mean what they meant before, and what has come goes, unless others have named it meanwhile. */
export async function undoImage(context: Context, item: ImageItem): Promise<void> {
  const { targets, signal } = context;
  const left: string[] = [];
  for (const [tag, id] of Object.entries(item.before)) left.push(...(await undoName(context, item, { tag, id })));
  for (const [tag, id] of Object.entries(item.kept)) {
    const image = await targets.images.find(tag, signal);
    if (image?.tags.length === 1) left.push(`others have the names of image ${id}: it is ${tag}`);
    else await targets.images.remove(tag, signal);
  }
  const image = await targets.images.find(item.localId ?? item.name, signal);
  if (image?.tags.length === 0 && !wasHere(context, item, image)) await targets.images.remove(image.id, signal);
  if (left.length > 0) throw failedPrecondition(left.join('; '));
}

/** Of a name, and the image that had it before: what cannot be as it was. */
async function undoName(context: Context, item: ImageItem, { tag, id }: { tag: string; id: string }): Promise<string[]> {
  const { targets, signal } = context;
  const present = await targets.images.find(tag, signal);
  if (present?.id === id) return [];
  // Somebody has given the name to another meanwhile.
  if (present && !hasCome(context, item, present)) return [];
  if (id === '' && !present) return [];
  // With its last name it would go, too.
  if (id === '' && present?.tags.length === 1 && wasHere(context, item, present)) return [`image ${present.id} had no name, and keeps ${tag}`];
  await (id === '' ? targets.images.remove(tag, signal) : targets.images.tag(id, tag, signal));
  return [];
}

/** Whether it is the image of the source; a run that died may not have heard what that is called here. */
function hasCome({ plan }: Context, { name, localId }: ImageItem, present: LocalImage): boolean {
  const planned = plan.images.find(({ id }) => id === name);
  return present.id === (localId ?? name) || (planned !== undefined && sameLayers(present, planned));
}

function wasHere({ items }: Context, item: ImageItem, { id }: LocalImage): boolean {
  return (item.wasHere && id === item.name) || (items.get('store', 'images')?.ids.includes(id) ?? false);
}
