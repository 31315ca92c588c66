import { invalidArgument } from '@arcbox/errors';
import type { LeasesServiceImplementation, Resource as WireResource } from '@arcbox/proto/containerd/services/leases/v1/leases';
import type { CallFields } from '@arcbox/rpc';
import type { ImageEngine } from '../engine.ts';
import { addResource, createLease, deleteLease, deleteResource, listLeases, listResources } from './leases.ts';
import { isForUs, requireOurs } from './namespace-wire.ts';
import { toLease } from './wire.ts';

/** containerd.services.leases.v1.Leases: what clients hold against garbage collection. */
export function leasesService(engine: ImageEngine): LeasesServiceImplementation<CallFields> {
  const { records } = engine;
  return {
    async create({ id, labels }, context) {
      requireOurs(context);
      return { lease: toLease(createLease(engine, id, labels)) };
    },

    // What `sync` asks for is so in any case: the answer comes after the garbage is gone.
    async delete({ id }, context) {
      requireId(id);
      requireOurs(context);
      await deleteLease(engine, id);
      return {};
    },

    async list({ filters }, context) {
      const leases = listLeases(records, filters);
      return { leases: isForUs(context) ? leases.map(toLease) : [] };
    },

    async addResource({ id, resource }, context) {
      requireId(id);
      requireOurs(context);
      await addResource(engine, id, requireResource(resource), context.signal);
      return {};
    },

    async deleteResource({ id, resource }, context) {
      requireId(id);
      requireOurs(context);
      await deleteResource(engine, id, requireResource(resource));
      return {};
    },

    async listResources({ id }, context) {
      requireId(id);
      requireOurs(context);
      return { resources: listResources(records, id).map((resource) => ({ ...resource })) };
    },
  };
}

function requireId(id: string): void {
  if (id === '') throw invalidArgument('lease id is missing');
}

function requireResource(resource: WireResource | undefined): WireResource {
  if (!resource) throw invalidArgument('the resource is missing');
  return resource;
}
