import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import type { Content, NewBlob } from './store/content.ts';
import type { Digest } from './image/digest.ts';
import type { LayerStore } from './store/layer-store.ts';
import type { Layout } from './store/layout.ts';
import { writeIndex } from './store/oci-layout.ts';
import type { Records } from './store/records.ts';
import type { UnpackLimits } from './unpack/extract.ts';

/** What the verbs of the image store work on. */
export interface ImageEngine {
  readonly store: Store;
  readonly records: Records;
  readonly layout: Layout;
  readonly content: Content;
  readonly layers: LayerStore;
  /** What a layer, and an archive of images, may hold. */
  readonly limits: UnpackLimits;
  readonly log: Logger;
  /** Aborts when the worker stops. */
  readonly stopping: AbortSignal;
}

/**
 * Changes names and images: one at a time among all replicas, in one
 * transaction, with `index.json` brought up to it. `blobs` are on disk before.
 */
export async function changeImages<R>(
  engine: ImageEngine,
  signal: AbortSignal | undefined,
  change: () => R,
  blobs: readonly NewBlob[] = [],
): Promise<R> {
  using _lease = await engine.store.leases.hold(contentLease, signal);
  if (blobs.length > 0) await engine.content.keep(blobs);
  try {
    return await applyChange(engine, change);
  } catch (error) {
    // They were written for nothing, perhaps: the next collection looks.
    engine.store.transaction(() => blobs.forEach(({ digest }) => engine.records.postponed.put({ id: digest })));
    throw error;
  }
}

/** The change itself; the caller holds the lease `content`. */
export async function applyChange<R>({ store, layout, content, records }: ImageEngine, change: () => R): Promise<R> {
  const result = store.transaction(change);
  await writeIndex(layout, content, records);
  return result;
}

/** Whoever writes or removes small blobs, or `index.json`, holds this. */
export const contentLease = 'content';

/** Records an event about an image; call it in the transaction that changes it. */
export function noteEvent(
  engine: ImageEngine,
  action: 'pull' | 'push' | 'build' | 'commit' | 'tag' | 'untag' | 'delete' | 'import' | 'load' | 'save',
  image: { readonly id: Digest; readonly labels: { readonly [name: string]: string } },
  name: string,
): void {
  engine.store.outbox.append({ type: 'image', action, actor: { id: image.id, attributes: { ...image.labels, name } } });
}
