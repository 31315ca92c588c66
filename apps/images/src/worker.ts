import { join } from 'node:path';
import { startRelay } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import type { Logger } from '@arcbox/log';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { ImagesDefinition as ContainerkitImagesDefinition } from '@arcbox/proto/containerkit/image';
import { serve, service } from '@arcbox/rpc';
import { openStore, type Store } from '@arcbox/store';
import { clearPacks } from './build/packs/clear-packs.ts';
import { Packs } from './build/packs/packs.ts';
import { packLimits } from './build/packs/trim-packs.ts';
import { tidyBuilds } from './build/tidy-builds.ts';
import { buildService } from './build-service.ts';
import { containerdServices } from './containerd/containerd-service.ts';
import { containerkitService } from './containerkit-service.ts';
import { Content } from './store/content.ts';
import type { ImageEngine } from './engine.ts';
import { LayerStore } from './store/layer-store.ts';
import { layoutIn, makeDirectories } from './store/layout.ts';
import { markLayout } from './store/oci-layout.ts';
import { openRecords } from './store/records.ts';
import { ContainersClient } from './run-client.ts';
import { RegistryAccess } from './registry/access.ts';
import { askContainers } from './containers-client.ts';
import { imageService } from './service.ts';
import { imageStoreService } from './store-service.ts';
import { sweep, sweepPeriod } from './store/sweep.ts';
import { defaultLimits } from './unpack/extract.ts';

/** The images worker: the image store and the way to the registries. */
export const startWorker: StartWorker = async (host) => {
  const { config, log, bus, clients, node } = host;
  await using stack = new AsyncDisposableStack();
  const state = config.paths.service('images');
  const store = stack.use(openStore(join(state, 'state.db'), { keepRoom: true }));
  const stopping = new AbortController();
  const limits = { ...defaultLimits, ...config.layerLimits };
  const engine = openEngine(state, store, log, { stopping: stopping.signal, limits });
  stack.use(engine.layers);
  stack.use(startRelay({ bus, store, source: `arcbox://${node}/images`, log }));
  const registry = stack.use(new RegistryAccess(engine.layout));
  const containers = new ContainersClient(clients);
  const packs = new Packs(engine, packLimits(config.contextCacheBytes));
  const builder = { engine, registry, containers, packs };
  const server = stack.use(
    await serve(
      host,
      [
        service(ImageServiceDefinition, imageService(builder, askContainers(clients))),
        service(ImageStoreServiceDefinition, imageStoreService(engine, registry)),
        service(BuildServiceDefinition, buildService(builder)),
        service(ContainerkitImagesDefinition, containerkitService(engine)),
        ...containerdServices(engine, node),
      ],
      store,
    ),
  );
  await sweep(engine);
  await clearPacks(engine);
  stack.use(tidyBuilds(builder));
  stack.use(sweepEvery(sweepPeriod, engine));
  server.ready();
  stack.defer(() => stopping.abort());
  return stack.move();
};

/** The image store in the directory `state`. */
export function openEngine(
  state: string,
  store: Store,
  log: Logger,
  options: Pick<ImageEngine, 'stopping' | 'limits'>,
): ImageEngine {
  const layout = layoutIn(state);
  makeDirectories(layout);
  markLayout(layout);
  const records = openRecords(store);
  const content = new Content(layout);
  const layers = new LayerStore({ store, records, layout, content, ...options });
  return { store, records, layout, content, layers, log, ...options };
}

function sweepEvery(milliseconds: number, engine: ImageEngine): Disposable {
  const timer = setInterval(() => {
    sweep(engine).catch((error: unknown) => engine.log.warn({ error }, 'cleaning up failed'));
  }, milliseconds).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
