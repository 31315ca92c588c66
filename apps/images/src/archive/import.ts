import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dataLoss, invalidArgument } from '@arcbox/errors';
import { spoolArchive } from './archive.ts';
import { readArchive } from './archive-images.ts';
import type { Digest } from '../image/digest.ts';
import { changeImages, type ImageEngine, noteEvent } from '../engine.ts';
import { collectGarbage } from '../store/garbage.ts';
import { Pin } from '../store/pins.ts';
import { nameImage, recordImage } from '../catalogue/record-image.ts';
import { formatFamiliar, type Reference } from '@arcbox/reference';
import { removeTree } from '../store/remove-tree.ts';
import type { ResolvedImage } from '../pull/resolve-remote.ts';

/** An image as an archive holds it. */
export interface ArchivedImage {
  readonly image: ResolvedImage;
  readonly names: readonly Reference[];
  /** What else of the target is there, for other platforms: kept as it is, verified. */
  readonly others: readonly Digest[];
  /** Where the bytes of a blob lie: a file of the archive. */
  fileOf(blob: Digest): string;
}

export interface ImportedImage {
  readonly id: Digest;
  /** Familiar form. */
  readonly names: readonly string[];
}

/**
 * Stores the images of a tar archive (OCI image layout or docker-archive; plain,
 * gzip or zstd). All of them become visible, or none. `reference` names an image
 * that the archive does not name.
 */
export async function importImages(
  engine: ImageEngine,
  archive: AsyncIterable<Buffer>,
  reference: () => Reference | undefined,
  signal: AbortSignal,
): Promise<ImportedImage[]> {
  const directory = engine.content.temporary();
  await mkdir(directory, { mode: 0o700 });
  try {
    const files = await spoolArchive(archive, directory, engine.limits);
    const images = await readArchive(files);
    if (images.length === 0) throw invalidArgument('the archive holds no image');
    return await store(engine, withName(images, reference()).map(withoutOthers), signal);
  } finally {
    await removeTree(directory);
  }
}

function withName(images: ArchivedImage[], reference: Reference | undefined): ArchivedImage[] {
  const unnamed = images.filter(({ names }) => names.length === 0);
  if (!reference || unnamed.length === 0) return images;
  if (unnamed.length > 1)
    throw invalidArgument(
      `the archive holds ${unnamed.length} images without a name; one reference cannot name them all`,
    );
  return images.map((image) => (image.names.length > 0 ? image : { ...image, names: [reference] }));
}

/** Nothing but a name holds what is there for other platforms. */
function withoutOthers(image: ArchivedImage): ArchivedImage {
  return image.names.length > 0 ? image : { ...image, others: [] };
}

async function store(
  engine: ImageEngine,
  images: readonly ArchivedImage[],
  signal: AbortSignal,
): Promise<ImportedImage[]> {
  using pin = Pin.hold(engine.store, engine.records);
  const diffIds = images.flatMap(({ image }) => image.config.diffIds);
  pin.add(...diffIds, ...images.flatMap(({ image, others }) => [...others, ...[...image.blobs, ...image.layers].map(({ digest }) => digest)]));
  try {
    for (const archived of images) await obtainLayers(engine, archived, signal);
    return await changeImages(
      engine,
      signal,
      () => images.map((archived) => record(engine, archived)),
      images.flatMap(({ image, others, fileOf }) => [...image.blobs, ...others.map((digest) => ({ digest, file: fileOf(digest) }))]),
    );
  } catch (error) {
    pin[Symbol.dispose]();
    await collectGarbage(engine, { blobs: [], diffIds });
    throw error;
  }
}

async function obtainLayers(
  { layers }: ImageEngine,
  { image, fileOf }: ArchivedImage,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, blob] of image.layers.entries()) {
    const diffId = image.config.diffIds[index];
    if (diffId === undefined) throw dataLoss(`${image.id}: a layer without a diff id`);
    const file = fileOf(blob.digest);
    const open = (offset: number): AsyncIterable<Buffer> => createReadStream(file, { start: offset });
    const source = { blob, diffId, open, file };
    if (!layers.has(source)) await layers.obtain(source, () => {}, signal);
  }
}

function record(engine: ImageEngine, { image, names }: ArchivedImage): ImportedImage {
  // Once, however many names there are.
  recordImage(engine, image, undefined);
  for (const name of names) nameImage(engine.records, name, image);
  const familiar = names.map(formatFamiliar);
  noteEvent(engine, 'load', { id: image.id, labels: image.config.process.labels }, familiar[0] ?? image.id);
  return { id: image.id, names: familiar };
}
