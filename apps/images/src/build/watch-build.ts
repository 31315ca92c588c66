import type { Logger } from '@arcbox/log';
import type { Builder } from './build.ts';
import { buildImage } from './build-image.ts';
import { builds } from '../image-metrics.ts';
import type { ContextSource } from './copy/context-source.ts';
import { type BuildNews, NewsQueue } from './news.ts';
import type { BuildOptions } from './options.ts';

/** Builds an image and passes on the news; a reader who leaves by any door ends the build. */
export async function* watchBuild(
  builder: Builder,
  options: BuildOptions,
  files: ContextSource,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): AsyncGenerator<BuildNews, void, undefined> {
  const queue = new NewsQueue();
  const left = new AbortController();
  const caller = { log, signal: AbortSignal.any([signal, left.signal]), tell: (news: BuildNews) => queue.tell(news) };
  const ended = builds.run(() => buildImage(builder, options, files, caller), caller.signal).then(
    () => queue.end(),
    (error: unknown) => queue.fail(error),
  );
  try {
    for await (const news of queue) yield news;
  } finally {
    left.abort();
    await ended;
  }
}
