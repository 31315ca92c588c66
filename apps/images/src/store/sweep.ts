import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isMounted, unmount } from '@arcbox/linux';
import { isAlive } from '@arcbox/store';
import { partialPrefix } from './content.ts';
import { forgetExpiredLeases } from './content-lease.ts';
import type { Digest } from '../image/digest.ts';
import { contentLease, type ImageEngine } from '../engine.ts';
import { viewIn } from '../roots/export-root.ts';
import { collectGarbage } from './garbage.ts';
import { knownBlobs, usedDigests } from './needed-digests.ts';
import { leaseOfBlob, leaseOfLayer } from './layer-store.ts';
import { linkedLayer } from './linked-layer.ts';
import { writeIndex } from './oci-layout.ts';
import type { LayerRecord } from './records.ts';
import { removeTree } from './remove-tree.ts';

/** Leftovers are looked for this often; milliseconds. */
export const sweepPeriod = 10 * 60_000;

/** Interrupted downloads, and layers that wait for the rest of their image, are kept this long; milliseconds. */
export const patience = 60 * 60_000;

/** A root is recorded right after its directory is made; milliseconds. */
export const rootPatience = 60_000;

/**
 * Brings files and records into agreement: what a dead process has left half
 * done is removed, or kept for a while where the next pull can go on from it.
 * Replicas may do this at any time, beside each other and beside running pulls.
 */
export async function sweep(engine: ImageEngine): Promise<void> {
  await removeUnfinished(engine);
  forgetLostLayers(engine);
  engine.store.transaction(() => forgetExpiredLeases(engine.records));
  await removeUnrecordedLayers(engine);
  await removeUnrecordedRoots(engine);
  await removeAbandonedLayers(engine);
  await removeUnrecordedBlobs(engine);
}

/** Temporary files carry the identity of their process; partial downloads belong to nobody. */
async function removeUnfinished({ layout, store }: ImageEngine): Promise<void> {
  for (const name of readdirSync(layout.ingest)) {
    const path = join(layout.ingest, name);
    if (!name.startsWith(partialPrefix)) {
      if (!isAlive(name.split('-')[0] ?? '')) await removeTemporary(path);
    } else if (ageOf(path) > patience) {
      using lease = store.leases.tryHold(leaseOfBlob(`sha256:${name.slice(partialPrefix.length)}`));
      if (lease) await removeTree(path);
    }
  }
}

/** An export that was killed may have left its view, which is no copy. */
async function removeTemporary(path: string): Promise<void> {
  if (isMounted(viewIn(path))) unmount(viewIn(path));
  await removeTree(path);
}

/** Somebody else has removed the directory of a layer: the images with it must be pulled again. */
function forgetLostLayers({ records, layout, store, log }: ImageEngine): void {
  const isLost = ({ id }: LayerRecord): boolean => !existsSync(layout.layer(id));
  if (!records.layers.all().some(isLost)) return;
  store.transaction(() => {
    // Looked at again: whoever removes a layer forgets it first.
    const lost = new Set(
      records.layers
        .all()
        .filter(isLost)
        .map(({ id }) => id),
    );
    for (const id of lost) records.layers.delete(id);
    for (const image of records.images.all().filter(({ diffIds }) => diffIds.some((diffId) => lost.has(diffId)))) {
      log.error({ image: image.id }, 'the image has lost layers and is gone: pull it again');
      records.images.delete(image.id);
      for (const name of records.names.findBy('image', image.id)) records.names.delete(name.id);
    }
  });
}

/** A crash between renaming and recording leaves a directory, perhaps with its link. */
async function removeUnrecordedLayers({ records, layout, store }: ImageEngine): Promise<void> {
  for (const hex of readdirSync(layout.layers)) {
    const diffId = `sha256:${hex}`;
    if (hex === basename(layout.emptyLayer) || records.layers.get(diffId)) continue;
    using lease = store.leases.tryHold(leaseOfLayer(diffId));
    if (lease && !records.layers.get(diffId)) await removeTree(layout.layer(diffId));
  }
  for (const short of readdirSync(layout.links)) {
    const diffId = linkedLayer(layout, short);
    if (records.layers.get(diffId)?.short === short) continue;
    using lease = store.leases.tryHold(leaseOfLayer(diffId));
    if (lease && records.layers.get(diffId)?.short !== short) await removeTree(layout.link(short));
  }
}

/** One that has no record for long never will. */
async function removeUnrecordedRoots({ records, layout }: ImageEngine): Promise<void> {
  const recorded = new Set(records.roots.all().map(({ directory }) => directory));
  const orphans = readdirSync(layout.roots).filter(
    (name) => !recorded.has(name) && ageOf(layout.root(name)) > rootPatience,
  );
  await removeTree(...orphans.map((name) => layout.root(name)));
}

/** Finished layers of pulls that never finished, and those that a removal was about to collect; their blobs too. */
async function removeAbandonedLayers(engine: ImageEngine): Promise<void> {
  const used = usedDigests(engine.records, engine.content);
  const isOld = ({ createdAt, released }: LayerRecord): boolean =>
    released === true || Date.now() - Date.parse(createdAt) > patience;
  const isAbandoned = (layer: LayerRecord): boolean =>
    used.has(layer.id) ? hasOldBlob(engine, layer, used) : isOld(layer);
  const old = engine.records.layers.all().filter(isAbandoned);
  if (old.length > 0 || engine.records.postponed.count() > 0)
    await collectGarbage(engine, { blobs: [], diffIds: old.map(({ id }) => id) });
}

/** A layer in use may have come with other compression too, from an image that is gone. */
function hasOldBlob({ layout }: ImageEngine, { blobs }: LayerRecord, used: ReadonlySet<Digest>): boolean {
  return blobs.some((digest) => !used.has(digest) && ageOf(layout.blob(digest)) > patience);
}

/** Blobs that neither a record nor work in progress knows; then `index.json` is written anew. */
async function removeUnrecordedBlobs(engine: ImageEngine): Promise<void> {
  const { records, layout, content, store } = engine;
  using _lease = await store.leases.hold(contentLease);
  // Listed first: what comes later is pinned or recorded before it comes.
  const present = readdirSync(layout.blobs);
  const known = knownBlobs(engine);
  const orphans = present.filter((hex) => !known.has(`sha256:${hex}`));
  await removeTree(...orphans.map((hex) => join(layout.blobs, hex)));
  await writeIndex(layout, content, records);
}

/** Milliseconds since a file or directory was written; 0 when it is not there. */
export function ageOf(path: string): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat ? Date.now() - stat.mtimeMs : 0;
}
