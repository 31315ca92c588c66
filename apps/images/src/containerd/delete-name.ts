import { notFound } from '@arcbox/errors';
import { deleteImages, isUnneeded, orphansOf, untag } from '../catalogue/remove.ts';
import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import { candidatesBelow } from '../store/candidates-below.ts';
import { type Candidates, changeAndCollect } from '../store/garbage.ts';
import { blobsOfName, type ImageRecord, type NameRecord } from '../store/records.ts';
import { findName } from './name-record.ts';

/**
 * Forgets a name, and what only it kept: the image, unless it has another name, a container or a child, and all
 * content that nothing holds. What was garbage is gone when this returns. `target` is what the caller thinks that it
 * points at; NOT_FOUND if it does not.
 */
export async function deleteName(engine: ImageEngine, name: string, target: Digest | undefined, signal: AbortSignal): Promise<void> {
  await changeAndCollect(engine, signal, () => forgetName(engine, name, target), (candidates) => candidates);
}

function forgetName(engine: ImageEngine, id: string, target: Digest | undefined): Candidates {
  const { records } = engine;
  const name = findName(records, id);
  if (target !== undefined && name.target.digest !== target)
    throw notFound(`image ${id}: not found: it points at ${name.target.digest}, not at ${target}`);
  const image = name.image === undefined ? undefined : records.images.get(name.image);
  if (!image) records.names.delete(id);
  const removed = image ? removeFrom(engine, image, name) : [];
  const roots = [...blobsOfName(name), ...removed.map(({ manifest }) => manifest.digest)];
  return candidatesBelow(engine, roots);
}

/** The images that go with the name. Other names that somebody gave stay. */
function removeFrom(engine: ImageEngine, image: ImageRecord, name: NameRecord): ImageRecord[] {
  const rest = engine.records.names.findBy('image', image.id).filter(({ id }) => id !== name.id);
  untag(engine, { image, names: [name, ...orphansOf(name, rest).filter(({ explicit }) => !explicit)] });
  return isUnneeded(engine, image) ? deleteImages(engine, image, true) : [];
}
