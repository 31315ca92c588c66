import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import { heldByLeases } from './content-lease.ts';
import { heldBy } from './held-content.ts';
import { pinnedDigests } from './pins.ts';
import { blobsOfName } from './records.ts';

/** Everything that is not to be removed: what is used, and what work in progress has pinned. */
export function neededDigests({ store, records, content }: ImageEngine): Set<Digest> {
  // At one moment: a pin is taken back only after what it held is recorded.
  return store.transaction(() => new Set([...usedDigests(records, content), ...pinnedDigests(store, records)]));
}

/** Blobs that may be here: the needed ones, those of all layers, and those that go next time. */
export function knownBlobs(engine: ImageEngine): Set<Digest> {
  const { layers, postponed } = engine.records;
  const more = (): Digest[] => [...layers.all().flatMap(({ blobs }) => blobs), ...postponed.all().map(({ id }) => id)];
  return engine.store.transaction(() => new Set([...neededDigests(engine), ...more()]));
}

/** Everything that names, images, roots, leases of clients and kept steps of builds need. */
export function usedDigests(records: ImageEngine['records'], content: ImageEngine['content']): Set<Digest> {
  const used = usedByImages(records, content);
  for (const { layer } of records.steps.all()) if (layer) used.add(layer.diffId).add(layer.blob.digest);
  return used;
}

/** The same but for what only steps of builds need. */
export function usedByImages(records: ImageEngine['records'], content: ImageEngine['content']): Set<Digest> {
  const used = new Set<Digest>();
  const add = (...digests: readonly Digest[]): void => {
    for (const digest of digests) used.add(digest);
  };
  for (const { id, manifest, blobs, diffIds } of records.images.all()) add(id, manifest.digest, ...blobs, ...diffIds);
  for (const { diffIds } of records.roots.all()) add(...diffIds);
  add(...heldByLeases(records, content));
  for (const name of records.names.all()) {
    const { target, manifest = target.digest, image } = name;
    // The same image may have been pulled with other compression: then its name has a manifest of its own.
    if (image === undefined || !used.has(manifest)) {
      const { blobs, diffIds } = heldBy(content, manifest);
      add(...blobs, ...diffIds);
    }
    add(...blobsOfName(name));
  }
  return used;
}
