import { statSync } from 'node:fs';
import type { IntrospectionServiceImplementation } from '@arcbox/proto/containerd/services/introspection/v1/introspection';
import type { CallFields } from '@arcbox/rpc';
import { findPlugin, listPlugins } from './plugins.ts';
import { toPlugin } from './wire.ts';

/** containerd.services.introspection.v1.Introspection: what of containerd is served here. `node` is the id of the node. */
export function introspectionService(node: string): IntrospectionServiceImplementation<CallFields> {
  return {
    async plugins({ filters }) {
      return { plugins: listPlugins(filters).map(toPlugin) };
    },

    async server() {
      const { ino } = statSync('/proc/self/ns/pid', { bigint: true });
      return { uuid: node, pid: BigInt(process.pid), pidns: ino, deprecations: [] };
    },

    async pluginInfo({ type, id }) {
      return { plugin: toPlugin(findPlugin(type, id)) };
    },
  };
}
