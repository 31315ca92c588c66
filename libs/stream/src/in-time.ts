/** How long one item may take. */
export interface Patience {
  readonly milliseconds: number;
  /** What is thrown when it takes longer. */
  late(): Error;
}

/** The items of `source`, each of which has to come in time; how long the taker needs for one does not count. */
export async function* comingInTime<T>(source: AsyncIterable<T>, { milliseconds, late }: Patience): AsyncGenerator<T, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  const limit = new Limit(milliseconds);
  try {
    for (;;) {
      const next = await limit.on(items.next(), late);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    const ending = items.return?.();
    // One that is late ends when it comes to it.
    if (limit.isOver) ending?.catch(() => {});
    else await ending;
  }
}

/** The items of `source`, each of which has to be taken in time: else `source` is ended, and whoever asks again is told. */
export async function* takenInTime<T>(source: AsyncGenerator<T, void, undefined>, { milliseconds, late }: Patience): AsyncGenerator<T, void, undefined> {
  let isLate = false;
  for await (const item of source) {
    const timer = setTimeout(() => {
      isLate = true;
      source.return().catch(() => {});
    }, milliseconds);
    try {
      yield item;
    } finally {
      clearTimeout(timer);
    }
  }
  if (isLate) throw late();
}

class Limit {
  readonly #milliseconds: number;
  isOver = false;

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  async on<T>(item: Promise<T>, late: () => Error): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.isOver = true;
      reject(late());
    }, this.#milliseconds);
    try {
      return await Promise.race([item, promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
