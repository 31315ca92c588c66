import type { PlannedImage } from '../plan/plan.ts';

/** Images of one archive: a failure costs no more than these. */
const most = 16;

/** Images that have layers in common go into one archive, where these are once. */
export function batchImages(images: readonly PlannedImage[]): PlannedImage[][] {
  let families: { images: PlannedImage[]; layers: Set<string> }[] = [];
  for (const image of images) {
    const related = families.filter(({ layers }) => image.diffIds.some((layer) => layers.has(layer)));
    families = families.filter((family) => !related.includes(family));
    families.push({
      images: [...related.flatMap((family) => family.images), image],
      layers: new Set([...related.flatMap(({ layers }) => [...layers]), ...image.diffIds]),
    });
  }
  return families.flatMap((family) => Array.from({ length: Math.ceil(family.images.length / most) }, (_, n) => family.images.slice(n * most, (n + 1) * most)));
}
