import { dataLoss } from '@arcbox/errors';
import { type ImageEngine, noteEvent } from '../engine.ts';
import { familiarName } from '../image/names.ts';
import { normalize } from '../image/platform.ts';
import { formatReference, type Reference, repositoryOf } from '@arcbox/reference';
import type { ImageRecord, NameRecord } from '../store/records.ts';
import type { ResolvedImage } from '../pull/resolve-remote.ts';

/** Records an image whose layers are all here; call it in a transaction. */
export function recordImage(
  engine: ImageEngine,
  image: ResolvedImage,
  reference: Reference | undefined,
): { record: ImageRecord; isNew: boolean } {
  const { records } = engine;
  const layers = image.config.diffIds.map((diffId) => {
    const layer = records.layers.get(diffId);
    if (!layer) throw dataLoss(`layer ${diffId} is missing from the image store`);
    return layer;
  });
  const record: ImageRecord = {
    id: image.id,
    manifest: image.manifest,
    blobs: image.layers.map(({ digest }) => digest),
    platform: normalize(image.config.platform),
    diffIds: image.config.diffIds,
    created: image.config.created,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    labels: image.config.process.labels,
  };
  records.images.put({ ...records.images.get(image.id), ...record });
  const isNew = reference !== undefined && nameImage(records, reference, image);
  fulfilNames(engine, image, record);
  return { record, isNew };
}

/** By the name that was asked for, and by digest. True when the name stood for another image before. */
export function nameImage(records: ImageEngine['records'], reference: Reference, image: ResolvedImage): boolean {
  const before = records.names.get(formatReference(reference));
  recordName(records, reference, image);
  if (reference.digest === undefined)
    recordName(records, { ...reference, tag: undefined, digest: image.target.digest }, image, false);
  return before?.image !== image.id;
}

/** Names that waited for this content stand for the image from now on. */
function fulfilNames(engine: ImageEngine, { target, manifest, held }: ResolvedImage, image: ImageRecord): void {
  for (const { digest, size, mediaType } of target.digest === manifest.digest ? [target] : [target, manifest]) {
    for (const name of engine.records.names.findBy('target', digest)) {
      const isSame = name.target.size === size && name.target.mediaType === mediaType;
      if (name.kind === 'other' || name.image !== undefined || !isSame) continue;
      engine.records.names.put({ ...name, manifest: manifest.digest, image: image.id, held });
      noteEvent(engine, 'tag', image, familiarName(name));
    }
  }
}

/** Points a name at an image; what was recorded about the name before is kept. */
export function recordName(
  records: ImageEngine['records'],
  reference: Reference,
  image: Pick<ResolvedImage, 'id' | 'target' | 'manifest' | 'held'>,
  explicit = true,
): NameRecord {
  const id = formatReference(reference);
  const before = records.names.get(id);
  const now = new Date().toISOString();
  const heldBefore = before?.target.digest === image.target.digest ? (before.held ?? []) : [];
  const held = [...new Set([...heldBefore, ...(image.held ?? [])])];
  const name: NameRecord = {
    id,
    repository: repositoryOf(reference),
    kind: reference.digest === undefined ? 'tag' : 'digest',
    explicit: explicit || (before?.explicit ?? false),
    target: image.target,
    manifest: image.manifest.digest,
    image: image.id,
    ...(held.length > 0 ? { held } : {}),
    labels: before?.labels ?? {},
    createdAt: before?.createdAt ?? now,
    updatedAt: now,
  };
  records.names.put(name);
  return name;
}
