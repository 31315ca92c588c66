import { unimplemented } from '@arcbox/errors';
import type { VolumeServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/volume';
import type { CallFields } from '@arcbox/rpc';

/** arcbox.engine.v1.VolumeService */
export function engineVolumeService(): VolumeServiceImplementation<CallFields> {
  return {
    backup() {
      throw unimplemented('backup is not implemented yet');
    },

    async restore() {
      throw unimplemented('restore is not implemented yet');
    },

    async clone() {
      throw unimplemented('clone is not implemented yet');
    },
  };
}
