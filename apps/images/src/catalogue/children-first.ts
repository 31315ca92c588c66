import type { ImageRecord } from '../store/records.ts';

/** Each image after all that were built on it. */
export function childrenFirst<Item extends { readonly image: ImageRecord }>(items: readonly Item[]): Item[] {
  const children = Map.groupBy(items, ({ image }) => image.parent);
  const sorted = new Set<Item>();
  const entered = new Set<Item>();
  const visit = (item: Item): void => {
    // Records from elsewhere may say anything, that an image is its own ancestor too.
    if (entered.has(item)) return;
    entered.add(item);
    for (const child of children.get(item.image.id) ?? []) visit(child);
    sorted.add(item);
  };
  for (const item of items) visit(item);
  return [...sorted];
}
