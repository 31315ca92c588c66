/** One running job, for all who want its result. */
interface Job<News, Result> {
  readonly result: Promise<Result>;
  readonly abort: AbortController;
  readonly listeners: Set<(news: News) => void>;
  latest: News | undefined;
}

/**
 * Work that several callers may want at the same time is done once. Whoever
 * gives up leaves the others alone; the work ends when all have given up.
 */
export class SharedJobs<News, Result> implements AsyncDisposable {
  readonly #jobs = new Map<string, Job<News, Result>>();

  /**
   * Joins the job of this key, or starts it. `listen` gets its news, the latest
   * at once. Returns only when the job needs nothing of this caller any more.
   */
  async join(
    key: string,
    start: (report: (news: News) => void, signal: AbortSignal) => Promise<Result>,
    listen: (news: News) => void,
    signal: AbortSignal,
  ): Promise<Result> {
    signal.throwIfAborted();
    const job = this.#jobs.get(key) ?? this.#start(key, start);
    job.listeners.add(listen);
    if (job.latest !== undefined) listen(job.latest);
    try {
      return await Promise.race([job.result, whenAborted(signal)]);
    } finally {
      job.listeners.delete(listen);
      if (job.listeners.size === 0) await this.#end(key, job);
    }
  }

  get size(): number {
    return this.#jobs.size;
  }

  /** Ends all jobs, also those that somebody waits for. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#jobs].map(([key, job]) => this.#end(key, job)));
  }

  #start(
    key: string,
    start: (report: (news: News) => void, signal: AbortSignal) => Promise<Result>,
  ): Job<News, Result> {
    const abort = new AbortController();
    const listeners = new Set<(news: News) => void>();
    const report = (news: News): void => {
      job.latest = news;
      for (const listener of listeners) listener(news);
    };
    // Begins in the next microtask, so that `job` is there before its first news.
    const result = Promise.resolve().then(() => start(report, abort.signal));
    const job: Job<News, Result> = { result, abort, listeners, latest: undefined };
    this.#jobs.set(key, job);
    result.catch(() => {}).finally(() => this.#forget(key, job));
    return job;
  }

  /** Nobody wants it: it stops, and its traces are gone when this returns. */
  async #end(key: string, job: Job<News, Result>): Promise<void> {
    this.#forget(key, job);
    job.abort.abort();
    await job.result.catch(() => {});
  }

  #forget(key: string, job: Job<News, Result>): void {
    if (this.#jobs.get(key) === job) this.#jobs.delete(key);
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
