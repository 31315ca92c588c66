import { type PullNews, PullReporter } from './pull/pull-progress.ts';

/** Passes on the news of `work` to a reader who may be slow; one who leaves by any door ends the work. */
export async function* watch(
  work: (report: PullReporter, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<PullNews, void, undefined> {
  const reporter = new PullReporter();
  const left = new AbortController();
  const ended = work(reporter, AbortSignal.any([signal, left.signal])).then(
    () => reporter.end(),
    (error: unknown) => reporter.fail(error),
  );
  try {
    yield* reporter;
  } finally {
    left.abort();
    await ended;
  }
}
