/** A stream whose first chunks have been looked at, whole again. Who leaves it leaves the rest, be anything read or not. */
export function rejoin(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncIterableIterator<Buffer> {
  const first = [...head];
  return {
    next: async () => {
      const value = first.shift();
      return value ? { value, done: false } : rest.next();
    },
    return: async () => {
      await rest.return?.();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
