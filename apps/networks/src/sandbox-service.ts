import { invalidArgument } from '@arcbox/errors';
import type { SandboxServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/network';
import type { CallContext } from '@arcbox/rpc';
import { closeSandbox } from './close-sandbox.ts';
import type { Ground } from './ground.ts';
import { joinNetwork } from './join-network.ts';
import { leaveNetwork } from './leave-network.ts';
import { openSandbox } from './open-sandbox.ts';
import { renameSandbox } from './rename-sandbox.ts';
import { readJoin, readName, readSandboxRequest, showSandbox } from './wire.ts';

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
    async join({ containerId, endpoint }, { signal }) {
      if (!endpoint) throw invalidArgument('endpoint is needed');
      return { sandbox: showSandbox(await joinNetwork(ground, containerId, readJoin(endpoint), signal)) };
    },
    async leave({ containerId, network }, { signal }) {
      const sandbox = await leaveNetwork(ground, containerId, network, signal);
      return sandbox ? { sandbox: showSandbox(sandbox) } : {};
    },
    async rename({ containerId, containerName }, { signal }) {
      const sandbox = await renameSandbox(ground, containerId, readName(containerName), signal);
      return sandbox ? { sandbox: showSandbox(sandbox) } : {};
    },
    async list() {
      const open = ground.records.sandboxes.all().filter(({ state }) => state === 'open');
      return { sandboxes: open.map(showSandbox) };
    },
  };
}
