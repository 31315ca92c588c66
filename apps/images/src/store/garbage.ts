import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Digest } from '../image/digest.ts';
import { applyChange, contentLease, type ImageEngine } from '../engine.ts';
import { leaseOfLayer } from './layer-store.ts';
import { neededDigests, usedDigests } from './needed-digests.ts';
import type { LayerRecord } from './records.ts';
import { removeTree } from './remove-tree.ts';

/** What may be garbage, and what turned out to be. */
export interface Candidates {
  /** Manifests, indexes, configurations. */
  readonly blobs: readonly Digest[];
  readonly diffIds: readonly Digest[];
}

/**
 * Removes those of the candidates that nothing refers to: no name, no image, no
 * prepared root, no work in progress. Layers that somebody is fetching right
 * now are left alone. Returns the diff ids of the layers that are gone.
 */
export async function collectGarbage(engine: ImageEngine, candidates: Candidates): Promise<Digest[]> {
  const taken = await holdingContent(engine, undefined, () => takeAwayUnreferenced(engine, candidates));
  await discard(engine, taken);
  return taken.layers;
}

/** What a change has made garbage. */
export interface Collected {
  /** Diff ids. */
  readonly layers: readonly Digest[];
  readonly blobs: readonly Digest[];
}

/**
 * Changes names and images, and removes what the change leaves of its candidates
 * under the same lease: nobody sees one without the other.
 */
export async function changeAndCollect<R>(
  engine: ImageEngine,
  signal: AbortSignal | undefined,
  change: () => R,
  candidatesOf: (result: R) => Candidates,
): Promise<{ result: R; collected: Collected }> {
  const { result, taken } = await holdingContent(engine, signal, async () => {
    const changed = await applyChange(engine, change);
    return { result: changed, taken: await takeAwayUnreferenced(engine, candidatesOf(changed)) };
  });
  await discard(engine, taken);
  return { result, collected: taken };
}

/** What `changeAndCollect` would do now. Nothing is changed. */
export function rehearseChange<R>(
  engine: ImageEngine,
  change: () => R,
  candidatesOf: (result: R) => Candidates,
): { result: R; collected: Collected } {
  return takenBack(engine, () => {
    const result = change();
    const { blobs, diffIds } = candidatesOf(result);
    const fetched = new Set(engine.store.leases.held());
    const free = diffIds.filter((diffId) => !fetched.has(leaseOfLayer(diffId)));
    const gone = forgetUnreferenced(engine, free, blobs);
    return { result, collected: { layers: gone.layers.map(({ id }) => id), blobs: gone.blobs } };
  });
}

/** What `work` returns; of what it writes nothing stays. */
function takenBack<R>({ store }: ImageEngine, work: () => R): R {
  const results: R[] = [];
  const end = new Error('taken back');
  try {
    store.transaction(() => {
      results.push(work());
      throw end;
    });
  } catch (error) {
    if (error !== end) throw error;
  }
  return results[0] as R;
}

/** What is out of the way already. */
interface Taken extends Collected {
  readonly layers: Digest[];
  /** Paths that are still to be removed. */
  readonly trash: string[];
}

/** Large trees take long to remove; nobody waits for that. */
async function discard({ log }: ImageEngine, { layers, trash }: Taken): Promise<void> {
  await removeTree(...trash);
  if (layers.length > 0) log.debug({ layers: layers.length }, 'layers removed');
}

async function holdingContent<R>(engine: ImageEngine, signal: AbortSignal | undefined, work: () => Promise<R>): Promise<R> {
  using _lease = await engine.store.leases.hold(contentLease, signal);
  return await work();
}

/** Forgets what is garbage and moves it out of the way. The caller holds the lease `content`. */
async function takeAwayUnreferenced(engine: ImageEngine, candidates: Candidates): Promise<Taken> {
  const { store, content } = engine;
  using leases = new DisposableStack();
  const free = [...new Set(candidates.diffIds)].filter((diffId) => {
    const lease = store.leases.tryHold(leaseOfLayer(diffId));
    if (lease) leases.use(lease);
    return lease !== undefined;
  });
  const { layers, blobs } = store.transaction(() => forgetUnreferenced(engine, free, candidates.blobs));
  await Promise.all(blobs.map((digest) => content.forget(digest)));
  const trash = await Promise.all(layers.map((layer) => takeAway(engine, layer)));
  return { layers: layers.map(({ id }) => id), blobs, trash: trash.flat() };
}

/** Deletes the records of what is not referred to; says which files are to follow. */
function forgetUnreferenced(
  engine: ImageEngine,
  diffIds: readonly Digest[],
  smallBlobs: readonly Digest[],
): { layers: LayerRecord[]; blobs: Digest[] } {
  const { records } = engine;
  const used = neededDigests(engine);
  const blobs = freeBlobs(engine, smallBlobs, used);
  const layers: LayerRecord[] = [];
  for (const diffId of diffIds) {
    const layer = records.layers.get(diffId);
    if (!layer) continue;
    const unused = layer.blobs.filter((digest) => !used.has(digest));
    blobs.push(...unused);
    // A client may hold nothing but a blob; it keeps its layer, which knows what the blob is.
    if (!used.has(diffId) && unused.length === layer.blobs.length) layers.push(layer);
    else if (unused.length > 0)
      records.layers.put({ ...layer, blobs: layer.blobs.filter((digest) => used.has(digest)) });
  }
  for (const { id } of layers) records.layers.delete(id);
  return { layers, blobs };
}

/**
 * Those of the candidates, and of the postponed ones, that may go; pinned ones are for the next time, and those of
 * layers go with them.
 */
function freeBlobs({ records, content }: ImageEngine, candidates: readonly Digest[], needed: ReadonlySet<Digest>): Digest[] {
  const used = usedDigests(records, content);
  const ofLayers = new Set(records.layers.all().flatMap(({ blobs }) => blobs));
  const free: Digest[] = [];
  for (const digest of new Set([...candidates, ...records.postponed.all().map(({ id }) => id)]).difference(ofLayers)) {
    if (!needed.has(digest)) free.push(digest);
    if (needed.has(digest) && !used.has(digest)) records.postponed.put({ id: digest });
    else records.postponed.delete(digest);
  }
  return free;
}

/** Moves a layer out of the way, at once; the removing may take its time. Returns what to remove. */
async function takeAway({ layout, content }: ImageEngine, { id, short }: LayerRecord): Promise<string[]> {
  await removeTree(layout.link(short));
  const place = layout.layer(id);
  if (!existsSync(place)) return [];
  const trash = content.temporary();
  await rename(place, trash);
  return [trash];
}
