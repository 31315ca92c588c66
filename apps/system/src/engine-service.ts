import type { Finding } from '@arcbox/diagnosis';
import { unimplemented } from '@arcbox/errors';
import type { SystemServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/system';
import type { CallContext } from '@arcbox/rpc';
import { toFinding } from './diagnose/finding-wire.ts';

/** What arcbox.v1.SystemService cannot say. */
export function engineSystemService(parts: {
  diagnose: (signal: AbortSignal) => Promise<Finding[]>;
}): SystemServiceImplementation<CallContext> {
  return {
    async *events() {
      throw unimplemented('events with a cursor are not there yet');
    },

    async getInfo() {
      throw unimplemented('more about the engine is not there yet');
    },

    async planPrune() {
      throw unimplemented('plans to prune are not there yet');
    },

    async getDiskUsage() {
      throw unimplemented('the use of the disk is not there yet');
    },

    async diagnose(_request, { signal }) {
      return { findings: (await parts.diagnose(signal)).map(toFinding) };
    },
  };
}
