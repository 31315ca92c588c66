import { dataLoss, failedPrecondition, notFound } from '@arcbox/errors';
import { captureLayer } from '../capture/capture-layer.ts';
import type { ImageEngine } from '../engine.ts';
import { makeImage } from './make-image.ts';
import { parseObject } from '../image/manifest.ts';
import { Pin } from '../store/pins.ts';
import { leaseOfRoot, parsePath } from './prepare.ts';
import type { ImageRecord, RootRecord } from '../store/records.ts';

/**
 * Makes an untagged image of a prepared root as it is now, in use or not: its
 * image and, when something was written, one more layer. NOT_FOUND when the
 * path is not prepared, FAILED_PRECONDITION when its image was removed.
 */
export async function commitRoot(engine: ImageEngine, path: string, signal: AbortSignal): Promise<ImageRecord> {
  const { store, records, layout } = engine;
  const id = parsePath(path);
  // Nobody may clean it up meanwhile.
  using _lease = await store.leases.hold(leaseOfRoot(id), signal);
  const root = records.roots.get(id);
  if (!root) throw notFound(`${id} is not prepared`);
  using pin = Pin.hold(store, records);
  const base = pinnedBase(engine, root, pin);
  const writable = { directory: layout.root(root.directory), diffIds: root.diffIds };
  const layer = await captureLayer(engine, writable, { take: false, pin }, signal);
  return await makeImage(
    engine,
    {
      base,
      config: configAfter(engine, base, layer === undefined),
      layers: layer ? [layer] : [],
      names: [],
      parent: base.id,
      event: 'commit',
      pin,
    },
    signal,
  );
}

function pinnedBase({ records }: ImageEngine, { id, image }: RootRecord, pin: Pin): ImageRecord {
  const gone = (): Error => failedPrecondition(`${id} cannot be committed: its image ${image} was removed`);
  const known = records.images.get(image);
  if (!known) throw gone();
  pin.add(known.id, known.manifest.digest, ...known.blobs, ...known.diffIds);
  // It may have gone before the pin was there.
  if (!records.images.get(image)) throw gone();
  return known;
}

/** The configuration of the image below, with one more step. */
function configAfter({ content }: ImageEngine, { id }: ImageRecord, isEmpty: boolean): Record<string, unknown> {
  const { rootfs: _, history, ...config } = parseObject(content.read(id), id);
  if (history !== undefined && !Array.isArray(history)) throw dataLoss(`${id}: the history of the image is no list`);
  const created = new Date().toISOString();
  const step = { created, created_by: 'commit', ...(isEmpty ? { empty_layer: true } : {}) };
  return { ...config, created, history: [...((history as unknown[] | undefined) ?? []), step] };
}
