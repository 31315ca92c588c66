import type { BuildServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/build';
import type { CallFields } from '@arcbox/rpc';
import { Upload } from '@arcbox/tar';
import type { Builder } from './build/build.ts';
import { pruneCache } from './build/prune-cache.ts';
import { watchBuild } from './build/watch-build.ts';
import { toBuildOptions, toBuildResponse } from './build/wire.ts';

/** arcbox.engine.v1.BuildService */
export function buildService(builder: Builder): BuildServiceImplementation<CallFields> {
  return {
    async *build(request, { signal, log }) {
      const upload = await Upload.begin(request);
      const options = toBuildOptions(upload.first.options);
      for await (const news of watchBuild(builder, options, upload.content(), { log, signal })) yield toBuildResponse(news);
    },

    async pruneCache({ all, dryRun }) {
      const { deleted, reclaimed } = await pruneCache(builder.engine, { all, dryRun });
      return { deleted: [...deleted], spaceReclaimed: BigInt(reclaimed) };
    },
  };
}
