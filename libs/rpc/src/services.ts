/** Which worker serves a gRPC service, and whether the gateway offers it to clients. */
const services: { readonly [fullName: string]: { worker: string; internal?: true } } = {
  'arcbox.v1.ImageService': { worker: 'images' },
  'arcbox.v1.ContainerService': { worker: 'containers' },
  'arcbox.v1.NetworkService': { worker: 'networks' },
  'arcbox.v1.VolumeService': { worker: 'volumes' },
  'arcbox.v1.SystemService': { worker: 'system' },
  'arcbox.v1.IconService': { worker: 'icons' },
  'arcbox.v1.MigrationService': { worker: 'migration' },
  'containerd.services.content.v1.Content': { worker: 'images' },
  'containerd.services.images.v1.Images': { worker: 'images' },
  'containerd.services.introspection.v1.Introspection': { worker: 'images' },
  'containerd.services.leases.v1.Leases': { worker: 'images' },
  'containerd.services.namespaces.v1.Namespaces': { worker: 'images' },
  'containerd.services.version.v1.Version': { worker: 'images' },
  'docker.containerkit.types.Images': { worker: 'images' },
  'arcbox.engine.v1.ImageStoreService': { worker: 'images' },
  'arcbox.engine.v1.BuildService': { worker: 'images' },
  'arcbox.engine.v1.ContainerService': { worker: 'containers' },
  'arcbox.engine.v1.VolumeService': { worker: 'volumes' },
  'arcbox.engine.v1.SystemService': { worker: 'system' },
  'arcbox.engine.v1.MigrationService': { worker: 'migration' },
  'arcbox.engine.v1.HostService': { worker: 'volumes', internal: true },
  'arcbox.engine.v1.SandboxService': { worker: 'networks', internal: true },
  'arcbox.engine.v1.WorkerService': { worker: 'gateway' },
  'arcbox.engine.v1.MetricsService': { worker: 'gateway' },
};

export const workerNames: readonly string[] = [...new Set(Object.values(services).map(({ worker }) => worker))];

/** Services that clients reach through the gateway. */
export const publicServices: readonly string[] = Object.keys(services).filter((name) => !services[name]?.internal);

/** The worker that serves `fullName`, as `images`. */
export function workerOf(fullName: string): string | undefined {
  return services[fullName]?.worker;
}
