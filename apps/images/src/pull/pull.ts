import { isKind } from '@arcbox/errors';
import { eachInParallel } from '@arcbox/stream';
import { shortOf } from '../image/digest.ts';
import { changeImages, type ImageEngine, noteEvent } from '../engine.ts';
import { collectGarbage } from '../store/garbage.ts';
import { isInterrupted } from '../store/interrupted-download.ts';
import type { LayerSource } from '../store/layer-store.ts';
import { Pin } from '../store/pins.ts';
import type { Platform } from '../image/platform.ts';
import type { PullReporter } from './pull-progress.ts';
import { type Reference, formatFamiliar } from '@arcbox/reference';
import { downloadBlob } from '../registry/download.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { Credentials } from '../registry/credentials.ts';
import { resolveRemote, type ResolvedImage } from './resolve-remote.ts';
import { recordImage } from '../catalogue/record-image.ts';

/** Layers of one pull that are fetched at the same time. */
const parallelLayers = 3;

export interface PullRequest {
  readonly reference: Reference;
  readonly credentials: Credentials | undefined;
  readonly platform: Platform;
}

/**
 * Fetches an image: what the name means now, the layers that are missing, then
 * everything becomes visible at once.
 */
export async function pullImage(
  engine: ImageEngine,
  registry: RegistryAccess,
  { reference, credentials, platform }: PullRequest,
  report: PullReporter,
  signal: AbortSignal,
): Promise<void> {
  const remote = registry.repository(reference, credentials);
  const image = await resolveRemote(remote, engine.content, reference, platform, signal);
  using pin = Pin.hold(engine.store, engine.records);
  pin.add(...[...image.blobs, ...image.layers].map(({ digest }) => digest), ...image.config.diffIds);
  const sources = image.layers.map((blob, index): RemoteLayer => ({
    blob,
    diffId: image.config.diffIds[index] as string,
    isElsewhere: () => remote.distrust(blob),
    open: (offset, stop) => downloadBlob(remote, blob, { offset, signal: stop }),
  }));
  try {
    await obtainLayers(engine, sources, report, signal);
    const isNew = await commit(engine, reference, image, signal);
    report.line(`Digest: ${image.target.digest}`);
    const name = formatFamiliar(reference);
    report.line(isNew ? `Status: Downloaded newer image for ${name}` : `Status: Image is up to date for ${name}`);
  } catch (error) {
    pin[Symbol.dispose]();
    // The network, or the worker, may be back soon: then the finished layers are of use.
    // The sweep takes them otherwise.
    if (!isInterrupted(error) && !engine.stopping.aborted) await collectGarbage(engine, { blobs: [], diffIds: image.config.diffIds });
    throw error;
  }
}

interface RemoteLayer extends LayerSource {
  /** Whether there is somebody else to ask when the content was not what it should be. */
  isElsewhere(): boolean;
}

/** A mirror that gives something else is passed over. */
async function obtainLayer(
  { layers }: ImageEngine,
  layer: RemoteLayer,
  report: PullReporter,
  signal: AbortSignal,
): Promise<void> {
  const id = shortOf(layer.blob.digest);
  for (;;) {
    try {
      await layers.obtain(layer, (news) => report.layer(id, news, layer.blob.size), signal);
      return report.status(id, 'Pull complete');
    } catch (error) {
      signal.throwIfAborted();
      if (!isKind(error, 'data-loss') || !layer.isElsewhere()) throw error;
    }
  }
}

/** Lowest layers first, a few at a time; the first that fails ends the others. */
async function obtainLayers(
  engine: ImageEngine,
  sources: readonly RemoteLayer[],
  report: PullReporter,
  signal: AbortSignal,
): Promise<void> {
  const missing: RemoteLayer[] = [];
  for (const source of distinct(sources)) {
    const isHere = engine.layers.has(source);
    report.status(shortOf(source.blob.digest), isHere ? 'Already exists' : 'Pulling fs layer');
    if (!isHere) missing.push(source);
  }
  for (const { blob } of missing.slice(parallelLayers)) report.status(shortOf(blob.digest), 'Waiting');
  await eachInParallel(missing, { limit: parallelLayers, signal }, (layer, stop) => obtainLayer(engine, layer, report, stop));
}

/** An image may hold the same layer several times. */
function distinct(sources: readonly RemoteLayer[]): RemoteLayer[] {
  return [...new Map(sources.map((source) => [source.blob.digest, source])).values()];
}

/** True when the name points at another image than before. */
function commit(
  engine: ImageEngine,
  reference: Reference,
  image: ResolvedImage,
  signal: AbortSignal,
): Promise<boolean> {
  return changeImages(
    engine,
    signal,
    () => {
      const { record, isNew } = recordImage(engine, image, reference);
      noteEvent(engine, 'pull', record, formatFamiliar(reference));
      return isNew;
    },
    image.blobs,
  );
}
