import { join } from 'node:path';
import { startRelay } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import { HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve, service } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { Claims } from './claims.ts';
import { ContainersClient } from './containers-client.ts';
import { engineVolumeService } from './engine-service.ts';
import { hostService } from './host-service.ts';
import { attachForeign, recover } from './recover.ts';
import { volumeService } from './service.ts';
import { UsageWatch } from './usage.ts';
import { allVolumes, volumeCollection } from './volume.ts';
import { VolumeTree } from './volume-tree.ts';

export const startWorker: StartWorker = async (host) => {
  const { bus, clients, config, log, node } = host;
  await using stack = new AsyncDisposableStack();
  const directory = config.paths.service('volumes');
  const store = stack.use(openStore(join(directory, 'state.db'), { keepRoom: true }));
  stack.use(startRelay({ bus, store, source: `arcbox://${node}/volumes`, log }));
  const tree = new VolumeTree(directory);
  const volumes = volumeCollection(store);
  const containers = new ContainersClient(clients);
  const usage = stack.use(new UsageWatch({ tree, volumes, containers, log }));
  const claims = new Claims(store);
  const parts = { store, volumes, tree, containers, claims, usage };
  const server = stack.use(
    await serve(
      host,
      [
        service(VolumeServiceDefinition, volumeService(parts)),
        service(EngineVolumeServiceDefinition, engineVolumeService(parts)),
        service(HostServiceDefinition, hostService([config.paths.run, config.paths.state])),
      ],
      store,
    ),
  );
  await recover({ store, volumes, tree, log });
  claims.forgetOld();
  server.ready();
  stack.use(inBackground((signal) => attachForeign({ store, volumes, tree, log }, signal)));
  for (const { id, usage: known } of allVolumes(volumes)) if (!known) usage.refresh(id);
  return stack.move();
};

/** Work that nobody waits for, until the worker stops. */
function inBackground(work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const abort = new AbortController();
  const running = work(abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      await running;
    },
  };
}
