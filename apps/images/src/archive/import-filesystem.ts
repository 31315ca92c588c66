import { existsSync, rmSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { detectCompression } from '@arcbox/tar';
import { applyChanges } from '../build/language/apply-changes.ts';
import { packLayer } from '../capture/pack-layer.ts';
import type { CapturedLayer } from '../capture/capture-layer.ts';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { collectGarbage } from '../store/garbage.ts';
import { ingestLayer } from '../store/ingest.ts';
import { makeImage } from '../roots/make-image.ts';
import { MediaType } from '../image/manifest.ts';
import { Pin } from '../store/pins.ts';
import type { Platform } from '../image/platform.ts';
import type { Reference } from '@arcbox/reference';
import { removeTree } from '../store/remove-tree.ts';

export interface FilesystemImport {
  /** Undefined makes an untagged image. */
  readonly name: Reference | undefined;
  /** Dockerfile instructions for the configuration. */
  readonly changes: readonly string[];
  readonly comment: string;
  readonly platform: Platform;
}

/** Makes an image of one layer from a tar archive: plain, gzip or zstd. Returns its id. */
export async function importFilesystem(
  engine: ImageEngine,
  archive: AsyncIterable<Buffer>,
  { name, changes, comment, platform }: FilesystemImport,
  signal: AbortSignal,
): Promise<Digest> {
  // A bad change is told before anything is sent.
  const settings = applyChanges({}, changes);
  const { store, records } = engine;
  using pin = Pin.hold(store, records);
  const layer = await obtainLayer(engine, archive, pin, signal);
  const created = new Date().toISOString();
  const config = {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === '' ? {} : { variant: platform.variant }),
    ...(comment === '' ? {} : { comment }),
    config: settings,
    history: [{ created, created_by: 'import', ...(comment === '' ? {} : { comment }) }],
  };
  try {
    const names = name ? [name] : [];
    return (await makeImage(engine, { config, layers: [layer], names, event: 'import', pin }, signal)).id;
  } catch (error) {
    pin[Symbol.dispose]();
    await collectGarbage(engine, { blobs: [], diffIds: [layer.diffId] });
    throw error;
  }
}

/** The layer is the archive as it came; a plain one is compressed. */
async function obtainLayer(
  { content, layers, limits }: ImageEngine,
  archive: AsyncIterable<Buffer>,
  pin: Pin,
  signal: AbortSignal,
): Promise<CapturedLayer> {
  const [file, directory] = [content.temporary(), content.temporary()];
  const place = { file, directory, limits };
  try {
    const { compression, whole } = await detectCompression(archive[Symbol.asyncIterator]());
    const { digest, size, diffId, fileBytes } = await (compression === 'none'
      ? packLayer(notEmpty(whole), place, signal)
      : ingestLayer(() => whole, place, signal));
    const blob = { mediaType: `${MediaType.layer}+${compression === 'zstd' ? 'zstd' : 'gzip'}`, digest, size };
    pin.add(diffId, digest);
    const record = await layers.adopt({ blob, diffId }, { file, directory, size: fileBytes }, signal);
    return { diffId, blob, size: record.size };
  } finally {
    rmSync(file, { force: true });
    if (existsSync(directory)) await removeTree(directory);
  }
}

/** Whoever sends nothing has lost the archive on the way. */
async function* notEmpty(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let isEmpty = true;
  for await (const chunk of archive) {
    isEmpty = false;
    yield chunk;
  }
  if (isEmpty) throw invalidArgument('the archive is empty');
}
