import { dataLoss, failedPrecondition, notFound } from '@arcbox/errors';
import { captureLayer } from '../capture/capture-layer.ts';
import { applyChanges } from '../build/language/apply-changes.ts';
import type { ImageEngine } from '../engine.ts';
import type { Reference } from '@arcbox/reference';
import { makeImage } from './make-image.ts';
import { parseObject } from '../image/manifest.ts';
import { Pin } from '../store/pins.ts';
import { leaseOfRoot, parsePath } from './prepare.ts';
import type { ImageRecord, RootRecord } from '../store/records.ts';

/** What an image is to be that containerkit's Commit has no words for. */
export interface CommitWish {
  /** Undefined makes an untagged image. */
  readonly name?: Reference | undefined;
  readonly author?: string;
  readonly comment?: string;
  /** For the history. */
  readonly createdBy?: string;
  /** Fields that replace those of the image's `config`; null takes one away. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Dockerfile instructions, applied after that. */
  readonly changes?: readonly string[];
}

/**
 * Makes an image, untagged unless told otherwise, of a prepared root as it is now, in use or not: its
 * image and, when something was written, one more layer. NOT_FOUND when the
 * path is not prepared, FAILED_PRECONDITION when its image was removed.
 */
export async function commitRoot(
  engine: ImageEngine,
  path: string,
  signal: AbortSignal,
  wish: CommitWish = {},
): Promise<ImageRecord> {
  const { store, records, layout } = engine;
  const id = parsePath(path);
  // A bad change is told before anything is read.
  applyChanges({}, wish.changes ?? []);
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
      config: configAfter(engine, base, wish, layer === undefined),
      layers: layer ? [layer] : [],
      names: wish.name ? [wish.name] : [],
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
function configAfter({ content }: ImageEngine, { id }: ImageRecord, wish: CommitWish, isEmpty: boolean): Record<string, unknown> {
  const { rootfs: _, history, config, comment: _old, ...document } = parseObject(content.read(id), id);
  if (history !== undefined && !Array.isArray(history)) throw dataLoss(`${id}: the history of the image is no list`);
  const created = new Date().toISOString();
  const said = { ...(wish.author ? { author: wish.author } : {}), ...(wish.comment ? { comment: wish.comment } : {}) };
  const step = { created, created_by: wish.createdBy || 'commit', ...said, ...(isEmpty ? { empty_layer: true } : {}) };
  return {
    ...document,
    ...said,
    created,
    config: settingsAfter(config, wish),
    history: [...((history as unknown[] | undefined) ?? []), step],
  };
}

function settingsAfter(before: unknown, { config = {}, changes = [] }: CommitWish): unknown {
  if (before === undefined && Object.keys(config).length === 0 && changes.length === 0) return undefined;
  const merged = Object.entries({ ...(before as object | undefined), ...config }).filter(([, value]) => value !== null);
  const settings = Object.fromEntries(merged);
  return changes.length === 0 ? settings : applyChanges(settings, changes);
}
