import { parseUntil } from '@arcbox/filters';
import type { BuildServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/build';
import type { CallFields } from '@arcbox/rpc';
import type { Builder } from './build/build.ts';
import { cacheParts } from './build/cache-parts.ts';
import { toCachePart, toPruneCacheResponse } from './build/cache-wire.ts';
import { pruneCache } from './build/prune-cache.ts';
import { beginUpload } from './build/upload-wire.ts';
import { watchBuild } from './build/watch-build.ts';
import { toBuildOptions, toBuildResponse } from './build/wire.ts';

/** arcbox.engine.v1.BuildService */
export function buildService(builder: Builder): BuildServiceImplementation<CallFields> {
  return {
    async *build(request, { signal, log }) {
      const { options, files } = await beginUpload(request);
      for await (const news of watchBuild(builder, toBuildOptions(options), files, { log, signal })) yield toBuildResponse(news);
    },

    async pruneCache({ all, dryRun, until }) {
      const since = until === '' ? {} : { until: parseUntil(until, Date.now()) };
      return toPruneCacheResponse(await pruneCache(builder.engine, { all, dryRun, ...since }));
    },

    async listCache() {
      const parts = await cacheParts(builder.engine);
      return { parts: parts.sort((a, b) => b.size - a.size).map(toCachePart) };
    },
  };
}
