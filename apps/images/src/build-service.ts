import { unimplemented } from '@arcbox/errors';
import type { BuildServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/build';
import type { CallFields } from '@arcbox/rpc';

/** arcbox.engine.v1.BuildService */
export function buildService(): BuildServiceImplementation<CallFields> {
  return {
    build() {
      throw unimplemented('build is not implemented yet');
    },

    async pruneCache() {
      throw unimplemented('pruneCache is not implemented yet');
    },
  };
}
