import type { StartWorker } from '@arcbox/lifecycle';
import { NetworkServiceDefinition, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import type { PruneVerdict } from '@arcbox/proto/arcbox/engine/v1/prune';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { ContainerServiceDefinition, type ContainerSummary } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition, type ImageSummary } from '@arcbox/proto/arcbox/v1/image';
import { dataLoss, failedPrecondition, notFound, unimplemented } from '@arcbox/errors';
import { serve, service, type ServedService } from '@arcbox/rpc';
import type { CompatServiceDefinition } from 'nice-grpc';

/** What the stand-ins for the other workers keep; tests change it at will. */
export interface FakeState {
  containers: Partial<ContainerSummary>[];
  images: Partial<ImageSummary>[];
  networks: {
    id: string;
    name: string;
    created: string;
    labels?: Record<string, string>;
    /** Containers on it. */
    users?: string[];
    /** A container that joins right before it is removed. */
    joins?: string;
    /** It cannot be removed, and nobody knows why. */
    sticks?: boolean;
  }[];
  volumes: { name: string; size: bigint }[];
  /** Set it to make lists of containers never answer. */
  stuck: boolean;
  /** Workers that come up from now on are not ready before this. */
  readiness: Promise<void>;
  /** What other workers were asked to prune. */
  pruneRequests: object[];
}

export const fakeState = (): FakeState => ({ containers: [], images: [], networks: [], volumes: [], stuck: false, readiness: Promise.resolve(), pruneRequests: [] });

export const needed = ['images', 'containers', 'networks', 'volumes'] as const;

/** A worker that serves what the system worker asks of it. */
export function fakeWorker(name: (typeof needed)[number], state: FakeState): StartWorker {
  return async (host) => {
    const more = further[name];
    const server = await serve(host, [services[name](state), ...(more ? [more(state)] : [])]);
    void state.readiness.then(() => server.ready());
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

/** The decisions are the workers' own; these stand-ins take all that their filters might keep. */
const further: { readonly [worker: string]: (state: FakeState) => ServedService } = {
  containers: (state) =>
    partly(EngineContainerServiceDefinition, {
      async prune({ filters, dryRun }) {
        state.pruneRequests.push({ type: 'containers', filters, dryRun });
        const gone = state.containers.filter((one) => one.state === 'exited');
        const verdicts = state.containers.map((one) => verdictOn(one.id ?? '', gone.includes(one), { size: 4096n, reason: one.state ?? '' }));
        if (!dryRun) state.containers = state.containers.filter((one) => !gone.includes(one));
        return { verdicts };
      },
    }),
  images: (state) =>
    partly(ImageStoreServiceDefinition, {
      async pruneImages({ all, filters, dryRun, goneContainers }) {
        state.pruneRequests.push({ type: 'images', all, filters, dryRun, goneContainers });
        const usersOf = (id = '') =>
          state.containers.filter((one) => one.imageId === id && !goneContainers.includes(one.id ?? '')).map((one) => one.id ?? '');
        const verdicts = state.images.map(({ id = '', size = 0n }) => verdictOn(id, usersOf(id).length === 0, { size, usedBy: usersOf(id) }));
        if (!dryRun) state.images = state.images.filter(({ id }) => usersOf(id).length > 0);
        return { verdicts };
      },
    }),
  volumes: (state) =>
    partly(EngineVolumeServiceDefinition, {
      async pruneVolumes({ all, filters, dryRun, goneContainers }) {
        state.pruneRequests.push({ type: 'volumes', all, filters, dryRun, goneContainers });
        const verdicts = state.volumes.map(({ name, size }) => verdictOn(name, true, { size }));
        if (!dryRun) state.volumes = [];
        return { verdicts };
      },
    }),
};

function verdictOn(id: string, removed: boolean, more: Partial<PruneVerdict>): PruneVerdict {
  return { id, name: `${id}-name`, size: 0n, removed, reason: '', usedBy: [], gone: removed ? [id] : [], ...more };
}

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
    }),
  networks: (state) =>
    partly(NetworkServiceDefinition, {
      async list() {
        return { networks: state.networks };
      },
      async inspect({ id }) {
        const users = state.networks.find((one) => one.id === id)?.users ?? [];
        return { ipam: { subnets: [{ subnet: '192.0.2.0/24' }] }, containers: Object.fromEntries(users.map((name) => [`${name}-id`, { name }])) };
      },
      async remove({ id }) {
        const network = state.networks.find((one) => one.id === id);
        if (!network) throw notFound(`no such network: ${id}`);
        if (network.joins) throw failedPrecondition(`network ${network.name} has active endpoints: ${network.joins}`);
        if (network.sticks) throw dataLoss(`network ${network.name} cannot be removed`);
        state.networks = state.networks.filter((one) => one.id !== id);
        return {};
      },
    }),
  volumes: (state) =>
    partly(VolumeServiceDefinition, {
      async list() {
        return { volumes: state.volumes.map(({ name, size }) => ({ name, created: '2026-01-01T00:00:00Z', usage: { size, refCount: -1n } })) };
      },
    }),
};
