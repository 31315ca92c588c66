import type { StartWorker } from '@arcbox/lifecycle';
import { NetworkServiceDefinition, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition, type ContainerSummary } from '@arcbox/proto/arcbox/v1/container';
import { type ImageInfo, ImageServiceDefinition, type ImageSummary } from '@arcbox/proto/arcbox/v1/image';
import { unimplemented } from '@arcbox/errors';
import { serve, service, type ServedService } from '@arcbox/rpc';
import type { CompatServiceDefinition } from 'nice-grpc';

/** What the stand-ins for the other workers keep; tests change it at will. */
export interface FakeState {
  containers: Partial<ContainerSummary>[];
  images: (Partial<ImageSummary> & { layers: string[] })[];
  networks: { id: string; name: string; created: string }[];
  volumes: { name: string; labels: Record<string, string>; size: bigint }[];
  /** Set it to make lists of containers never answer. */
  stuck: boolean;
  /** Of the last prune of containers. */
  pruneFilters: Record<string, string>;
}

export const fakeState = (): FakeState => ({ containers: [], images: [], networks: [], volumes: [], stuck: false, pruneFilters: {} });

export const needed = ['images', 'containers', 'networks', 'volumes'] as const;

/** A worker that serves what the system worker asks of it. */
export function fakeWorker(name: (typeof needed)[number], state: FakeState): StartWorker {
  return async (host) => {
    const server = await serve(host, [services[name](state), ...(name === 'containers' ? [furtherContainers(state)] : [])]);
    server.ready();
    return server;
  };
}

/** A service of which only some methods are there. */
function partly<Service extends CompatServiceDefinition & { readonly fullName: string }>(
  definition: Service,
  some: Partial<Parameters<typeof service<Service>>[1]>,
): ServedService {
  const missing = (): never => {
    throw unimplemented('not in this test');
  };
  const methods = 'methods' in definition ? Object.keys(definition.methods as object) : [];
  const all = Object.fromEntries(methods.map((name) => [name, missing]));
  return service(definition, { ...all, ...some } as Parameters<typeof service<Service>>[1]);
}

const furtherContainers = (state: FakeState): ServedService =>
  partly(EngineContainerServiceDefinition, {
    async prune({ filters }) {
      state.pruneFilters = filters;
      const gone = state.containers.filter((one) => one.state === 'exited' && one.id !== 'busy');
      state.containers = state.containers.filter((one) => !gone.includes(one));
      return { deleted: gone.map(({ id = '' }) => id), spaceReclaimed: BigInt(gone.length) * 4096n };
    },
  });

const services: { [name in (typeof needed)[number]]: (state: FakeState) => ServedService } = {
  containers: (state) =>
    partly(ContainerServiceDefinition, {
      async list({ filters }, { signal }) {
        if (state.stuck) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        const { status } = JSON.parse(filters || '{}') as { status?: string[] };
        return { containers: state.containers.filter((one) => !status || status.includes(one.state ?? '')) };
      },
    }),
  images: (state) =>
    partly(ImageServiceDefinition, {
      async list() {
        return { images: state.images };
      },
      async inspect({ id }) {
        const found = state.images.find((one) => one.id === id);
        return { ...(found as Partial<ImageInfo>), rootFs: { type: 'layers', layers: found?.layers ?? [] } };
      },
      async remove({ id }) {
        const gone = state.images.find((one) => one.id === id || one.repoTags?.includes(id));
        state.images = state.images.filter((one) => one !== gone);
        return { deleted: [gone?.id ?? ''], untagged: gone?.repoTags?.filter((tag) => !tag.includes('<')) ?? [] };
      },
    }),
  networks: (state) =>
    partly(NetworkServiceDefinition, {
      async list() {
        return { networks: state.networks };
      },
      async inspect() {
        return { ipam: { subnets: [{ subnet: '192.0.2.0/24' }] } };
      },
      async remove({ id }) {
        state.networks = state.networks.filter((one) => one.id !== id);
        return {};
      },
    }),
  volumes: (state) =>
    partly(VolumeServiceDefinition, {
      async list() {
        return { volumes: state.volumes.map(({ name, labels }) => ({ name, labels, created: '2026-01-01T00:00:00Z' })) };
      },
      async inspect({ name }) {
        return { usage: { size: state.volumes.find((one) => one.name === name)?.size ?? -1n } };
      },
      async remove({ name }) {
        state.volumes = state.volumes.filter((one) => one.name !== name);
        return {};
      },
    }),
};
