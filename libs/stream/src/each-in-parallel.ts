/**
 * Does work for each item, in their order, at most `limit` at a time. The first
 * failure, or `signal`, ends what is under way; it is thrown once all has ended.
 */
export async function eachInParallel<Item>(
  items: Iterable<Item>,
  { limit, signal }: { limit: number; signal: AbortSignal },
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const queue = Iterator.from(items);
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item, either);
  };
  const workers = Array.from({ length: limit }, () =>
    worker().catch((error: unknown) => {
      failed.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(workers);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
}
