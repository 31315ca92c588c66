import { alreadyExists, failedPrecondition, invalidArgument, unimplemented } from '@arcbox/errors';
import type { NamespacesServiceImplementation } from '@arcbox/proto/containerd/services/namespaces/v1/namespace';
import type { CallFields } from '@arcbox/rpc';
import { listNamespaces, requireNamespace, theNamespace } from './namespace.ts';

/** containerd.services.namespaces.v1.Namespaces: there is one, and it does not change. */
export function namespacesService(): NamespacesServiceImplementation<CallFields> {
  return {
    async get({ name }) {
      requireNamespace(name);
      return { namespace: { name, labels: {} } };
    },

    async list({ filter }) {
      return { namespaces: listNamespaces(filter).map((name) => ({ name, labels: {} })) };
    },

    async create({ namespace }) {
      const name = namespace?.name ?? '';
      if (name === '') throw invalidArgument('namespace name is missing');
      if (name === theNamespace) throw alreadyExists(`namespace ${name}: already exists`);
      throw unimplemented(`namespace ${name}: this engine has one namespace, ${theNamespace}`);
    },

    async update({ namespace }) {
      const name = namespace?.name ?? '';
      requireNamespace(name);
      throw unimplemented(`namespace ${name}: labels of namespaces are not kept`);
    },

    async delete({ name }) {
      requireNamespace(name);
      throw failedPrecondition(`namespace ${name}: the only one cannot be removed`);
    },
  };
}
