import { type ImageEngine, noteEvent } from '../engine.ts';
import { findImage } from './find-image.ts';
import { changeAndCollect } from '../store/garbage.ts';
import { recordName } from './record-image.ts';
import { blobsOfName, type NameRecord } from '../store/records.ts';
import { formatFamiliar, formatReference, type Reference } from '@arcbox/reference';

/** Gives an image another name; a name that is in use moves. Saying it again changes nothing. */
export async function tagImage(
  engine: ImageEngine,
  source: string,
  name: Reference,
  signal: AbortSignal,
): Promise<void> {
  const { records } = engine;
  const { image } = findImage(records, source);
  if (records.names.get(formatReference(name))?.image === image.id) return;
  const change = (): NameRecord | undefined => {
    const before = records.names.get(formatReference(name));
    const found = findImage(records, source);
    const target = found.name?.target ?? found.image.manifest;
    const manifest = { ...found.image.manifest, digest: found.name?.manifest ?? found.image.manifest.digest };
    recordName(records, name, { id: found.image.id, target, manifest, held: found.name?.held });
    noteEvent(engine, 'tag', found.image, formatFamiliar(name));
    return before;
  };
  // The index or manifest that only this name had goes with it; the image it stood for stays.
  await changeAndCollect(engine, signal, change, (before) => ({
    blobs: before ? blobsOfName(before) : [],
    diffIds: before?.image === undefined ? [] : (records.images.get(before.image)?.diffIds ?? []),
  }));
}
