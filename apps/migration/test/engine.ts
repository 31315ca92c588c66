import type { StartWorker } from '@arcbox/lifecycle';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { MigrationServiceDefinition as EngineMigrationServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/migration';
import { MigrationServiceDefinition, NetworkServiceDefinition, type RunMigrationEvent, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { eventually, type InProcess, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { createClient } from 'nice-grpc';
import { startWorker as containers } from '../../containers/src/worker.ts';
import { startWorker as images } from '../../images/src/worker.ts';
import { startWorker as networks } from '../../networks/src/worker.ts';
import { startWorker as volumes } from '../../volumes/src/worker.ts';
import { startWorker } from '../src/worker.ts';

/** What these tests need of the machine. */
export const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'busybox', 'ip', 'nft', 'nsenter', 'unshare'];

/** An engine with the migration worker and all whom it asks. */
export interface TestEngine extends AsyncDisposable {
  readonly root: TemporaryRoot;
  readonly migration: Replica;
  /** Another replica of the migration worker. */
  replica(name: string): Promise<Replica>;
  readonly here: Awaited<ReturnType<typeof clientsOf>>;
}

/** One migration worker. */
export interface Replica extends AsyncDisposable {
  readonly worker: InProcess;
  readonly migrations: Awaited<ReturnType<typeof migrationOf>>['migrations'];
  readonly engine: Awaited<ReturnType<typeof migrationOf>>['engine'];
}

export async function startEngine(): Promise<TestEngine> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  const place = { root, natsUrl: nats.url };
  const others: { [name: string]: StartWorker } = { images, networks, volumes, containers };
  for (const [name, start] of Object.entries(others)) stack.use(await startInProcess(name, start, place));
  const replica = async (name: string): Promise<Replica> => {
    const worker = await startInProcess('migration', startWorker, { ...place, replica: name });
    return { worker, ...(await migrationOf(worker)), [Symbol.asyncDispose]: () => Promise.resolve(worker[Symbol.asyncDispose]()) };
  };
  const migration = await replica('0');
  stack.use(migration);
  const looker = stack.use(await startInProcess('system', async () => ({ [Symbol.asyncDispose]: async () => {} }), place));
  const here = await clientsOf(looker);
  stack.defer(() => clear(here));
  const owned = stack.move();
  return { root, migration, replica, here, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function migrationOf({ host }: InProcess) {
  const { config, directory, replicas } = host;
  const registration = await eventually(() => {
    const found = directory.replicas('migration').find(({ replica }) => replica === config.replica);
    if (!found) throw new Error(`${config.replica} is not known yet`);
    return found;
  });
  for (const one of [ImageStoreServiceDefinition, VolumeServiceDefinition, NetworkServiceDefinition, ContainerServiceDefinition]) await eventually(() => host.clients.of(one));
  const channel = replicas.channelOf(registration);
  return { migrations: createClient(MigrationServiceDefinition, channel), engine: createClient(EngineMigrationServiceDefinition, channel) };
}

async function clientsOf({ host: { clients } }: InProcess) {
  return {
    images: await eventually(() => clients.of(ImageServiceDefinition)),
    store: await eventually(() => clients.of(ImageStoreServiceDefinition)),
    volumes: await eventually(() => clients.of(VolumeServiceDefinition)),
    networks: await eventually(() => clients.of(NetworkServiceDefinition)),
    containers: await eventually(() => clients.of(ContainerServiceDefinition)),
    engineContainers: await eventually(() => clients.of(EngineContainerServiceDefinition)),
  };
}

/** Removes everything, so that nothing stays mounted and nothing runs. */
export async function clear({ images, volumes, networks, containers }: TestEngine['here']): Promise<void> {
  for (const { id } of (await containers.list({ all: true })).containers) await containers.remove({ id, force: true, volumes: true });
  for (const { name } of (await volumes.list({})).volumes) await volumes.remove({ name, force: true });
  for (const { id, name } of (await networks.list({})).networks) if (!['bridge', 'host', 'none'].includes(name)) await networks.remove({ id });
  for (const { id } of (await images.list({ all: true })).images) await images.remove({ id, force: true });
}

/** Carries a plan out: all that was told. */
export async function carryOut({ migrations }: Replica, planId: string, options: { allowReplacements?: boolean; skipStart?: boolean } = {}): Promise<RunMigrationEvent[]> {
  return Array.fromAsync(migrations.runMigration({ planId, ...options }));
}

/** Prepares and carries out; the last event, which has to be of a success. */
export async function migrate(engine: TestEngine, source: { socket: string }, options: { allowReplacements?: boolean; skipStart?: boolean } = {}): Promise<RunMigrationEvent[]> {
  const { planId } = await engine.migration.migrations.prepareMigration({ sourceKind: 'docker', sourceSocketPath: source.socket, ...options });
  const told = await carryOut(engine.migration, planId, options);
  const last = told.at(-1);
  if (!last?.success) throw new Error(`the migration failed: ${last?.message}; ${last?.warnings.join('; ')}`);
  return told;
}
