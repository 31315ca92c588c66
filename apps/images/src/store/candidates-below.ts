import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import type { Candidates } from './garbage.ts';
import { heldBy } from './held-content.ts';

/** What may be garbage once nothing holds these digests any more: all that they lead to. */
export function candidatesBelow({ records, content }: ImageEngine, digests: readonly Digest[]): Candidates {
  const { blobs, documents, diffIds } = heldBy(content, ...digests);
  // Blobs of layers go with the layers.
  const layers = records.layers.all().filter((layer) => layer.blobs.some((blob) => blobs.has(blob)));
  return { blobs: [...new Set([...digests, ...documents])], diffIds: [...new Set([...diffIds, ...layers.map(({ id }) => id)])].toReversed() };
}
