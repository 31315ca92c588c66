import type { BuildServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/build';
import type { CallFields } from '@arcbox/rpc';
import type { Builder } from './build/build.ts';
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

    async pruneCache({ all, dryRun }) {
      const { deleted, reclaimed } = await pruneCache(builder.engine, { all, dryRun });
      return { deleted: [...deleted], spaceReclaimed: BigInt(reclaimed) };
    },
  };
}
