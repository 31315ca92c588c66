/** Maps items in their order, working on up to `width` of them at once. */
export async function* mapAhead<Item, Result>(
  items: AsyncIterable<Item>,
  width: number,
  map: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const queue: Promise<Result>[] = [];
  for await (const item of items) {
    const result = map(item);
    // It fails where it is waited for, or somebody before it has failed.
    result.catch(() => {});
    queue.push(result);
    if (queue.length < width) continue;
    const first = queue.shift();
    if (first) yield await first;
  }
  for (const result of queue) yield await result;
}
