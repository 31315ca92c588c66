import { unimplemented } from '@arcbox/errors';
import type { SandboxServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/network';
import type { CallContext } from '@arcbox/rpc';
import { closeSandbox } from './close-sandbox.ts';
import type { Ground } from './ground.ts';
import { openSandbox } from './open-sandbox.ts';
import { readSandboxRequest, showSandbox } from './wire.ts';

/** arcbox.engine.v1.SandboxService */
export function sandboxService(ground: Ground): SandboxServiceImplementation<CallContext> {
  return {
    async open(request, { signal }) {
      return { sandbox: showSandbox(await openSandbox(ground, readSandboxRequest(request), signal)) };
    },
    async close({ containerId }, { signal }) {
      await closeSandbox(ground, containerId, signal);
      return {};
    },
    async join() {
      throw unimplemented('join is not implemented yet');
    },
    async leave() {
      throw unimplemented('leave is not implemented yet');
    },
    async list() {
      const open = ground.records.sandboxes.all().filter(({ state }) => state === 'open');
      return { sandboxes: open.map(showSandbox) };
    },
  };
}
