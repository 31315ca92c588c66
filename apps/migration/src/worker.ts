import { join } from 'node:path';
import type { StartWorker } from '@arcbox/lifecycle';
import { MigrationServiceDefinition as EngineMigrationServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/migration';
import { MigrationServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve, service } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { engineMigrationService } from './engine-service.ts';
import { planCollection } from './plan/plan.ts';
import { openChronicle } from './run/journal.ts';
import { Runner } from './run/runner.ts';
import { migrationService } from './service.ts';
import { Host } from './source/host-client.ts';
import { Containers } from './target/containers-client.ts';
import { Images } from './target/images-client.ts';
import { Networks } from './target/networks-client.ts';
import { Volumes } from './target/volumes-client.ts';

export const startWorker: StartWorker = async (host) => {
  const { clients, config, log } = host;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(openStore(join(config.paths.service('migration'), 'state.db')));
  const targets = { images: new Images(clients), volumes: new Volumes(clients), networks: new Networks(clients), containers: new Containers(clients) };
  const parts = { ...openChronicle(store), plans: planCollection(store), host: new Host(clients), targets, log };
  const runner = stack.use(new Runner(parts));
  const services = [
    service(MigrationServiceDefinition, migrationService({ ...parts, runner })),
    service(EngineMigrationServiceDefinition, engineMigrationService({ ...parts, runner })),
  ];
  const server = stack.use(await serve(host, services, store));
  server.ready();
  return stack.move();
};
