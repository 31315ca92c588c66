/** An image as far as its place on disk goes. */
export interface SizedImage {
  /** Bytes of all its layers. */
  readonly size: bigint;
  /** Diff ids, lowest first. */
  readonly layers: readonly string[];
}

/**
 * Bytes that the removal of `id` freed; it is taken out of `present`. Layers
 * that another image still has stay on disk. How large they are shows when
 * an image that is present consists of just them; where it does not show,
 * nothing is counted rather than too much.
 */
export function freedBytes(id: string, present: Map<string, SizedImage>): bigint {
  const removed = present.get(id);
  if (!removed) return 0n;
  present.delete(id);
  const others = [...present.values()];
  const kept = new Set(others.flatMap(({ layers }) => layers));
  const shared = removed.layers.filter((layer) => kept.has(layer));
  if (shared.length === 0) return removed.size;
  const base = others.find(({ layers }) => layers.join() === shared.join());
  return base && base.size < removed.size ? removed.size - base.size : 0n;
}
