import { EventLog } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import { mount, unmount } from '@arcbox/linux';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { type AttachInput, ContainerServiceDefinition, type LogEntry } from '@arcbox/proto/arcbox/v1/container';
import { silentLogger } from '@arcbox/log';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { eventually, type InProcess, type NatsServer, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { type Client, type CompatServiceDefinition, createClient, Metadata } from 'nice-grpc';
import { startFakeImages, startFakeNetworks, startFakeVolumes } from './fake-peers.ts';
import { startWorker } from '../src/worker.ts';

/** What these tests need of the machine. */
export const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'busybox'];

type Request = Parameters<Containers['create']>[0];

export type Containers = Client<typeof ContainerServiceDefinition>;

/** An engine with the containers worker and all it needs, on a root of its own. */
export interface TestEngine extends AsyncDisposable {
  readonly root: TemporaryRoot;
  readonly nats: NatsServer;
  readonly containers: Containers;
  readonly engine: Client<typeof EngineContainerServiceDefinition>;
  readonly worker: InProcess;
  /** Another replica on the same root. */
  replica(name: string, start?: StartWorker): Promise<Replica>;
}

export interface Replica {
  readonly worker: InProcess;
  readonly containers: Containers;
  readonly engine: Client<typeof EngineContainerServiceDefinition>;
}

export interface EngineOptions {
  /** Instead of the worker as it is. */
  readonly start?: StartWorker;
  /** The root is a small file system of its own: its size, as tmpfs(5) has it. */
  readonly size?: string;
  /** The workers that it talks to; simple stand-ins when not given. */
  readonly peers?: { readonly images: StartWorker; readonly networks: StartWorker; readonly volumes: StartWorker };
}

const standIns = { images: startFakeImages, networks: startFakeNetworks, volumes: startFakeVolumes };

export async function startEngine(options: EngineOptions = {}): Promise<TestEngine> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  if (options.size !== undefined) {
    mount({ type: 'tmpfs', source: 'small', target: root.path, flags: 0, data: `size=${options.size}` });
    stack.defer(() => unmount(root.path));
  }
  const place = { root, natsUrl: nats.url };
  for (const [name, start] of Object.entries(options.peers ?? standIns)) {
    stack.use(await startInProcess(name, start, place));
  }
  const workers = stack.use(new AsyncDisposableStack());
  const open = async (replica: string, start: StartWorker): Promise<Replica> => {
    const worker = workers.use(await startInProcess('containers', start, { ...place, replica }));
    for (const peer of [ImageStoreServiceDefinition, SandboxServiceDefinition, VolumeServiceDefinition]) {
      await eventually(() => worker.host.clients.of(peer));
    }
    const containers = await clientOf(ContainerServiceDefinition, worker);
    return { worker, containers, engine: await clientOf(EngineContainerServiceDefinition, worker) };
  };
  const first = await open('0', options.start ?? startWorker);
  stack.defer(() => removeAll(place));
  const kept = stack.move();
  return {
    root,
    nats,
    ...first,
    replica: (name, start = startWorker) => open(name, start),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A stub on exactly this replica. */
async function clientOf<Service extends CompatServiceDefinition>(definition: Service, worker: InProcess): Promise<Client<Service>> {
  const { config, directory, replicas } = worker.host;
  const registration = await eventually(() => {
    const found = directory.replicas('containers').find(({ replica }) => replica === config.replica);
    if (!found) throw new Error(`${config.replica} is not known yet`);
    return found;
  });
  return createClient(definition, replicas.channelOf(registration));
}

/** Removes every container, with a worker of its own: the test may have ended all others. */
async function removeAll(place: { root: TemporaryRoot; natsUrl: string }): Promise<void> {
  await using worker = await startInProcess('containers', startWorker, { ...place, replica: 'last' });
  await eventually(() => worker.host.clients.of(ImageStoreServiceDefinition));
  await eventually(() => worker.host.clients.of(SandboxServiceDefinition));
  const containers = await clientOf(ContainerServiceDefinition, worker);
  const { containers: left } = await containers.list({ all: true });
  for (const { id } of left) await containers.remove({ id, force: true, volumes: true });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function textOf(entries: readonly LogEntry[]): string {
  return entries.map(({ message }) => Buffer.from(message).toString()).join('');
}

/** Makes and starts a container of `busybox`. */
export async function run({ containers }: TestEngine, cmd: string[], request: Request = {}): Promise<{ id: string }> {
  const { id } = await containers.create({ image: 'busybox', cmd, ...request });
  await containers.start({ id });
  return { id };
}

/** What a container prints until it ends. */
export async function output(engine: TestEngine, cmd: string[], request: Request = {}): Promise<string> {
  const { id } = await run(engine, cmd, request);
  await engine.containers.wait({ id });
  return textOf(await collect(engine.containers.logs({ containerId: id })));
}

/** All events so far, as a living worker reads them. */
export async function historyOf({ worker }: { readonly worker: InProcess }): Promise<Event[]> {
  await using log = new EventLog(worker.host.bus, silentLogger);
  const events = await collect(log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal }));
  return events.map(({ event }) => event);
}

/** Metadata of an Attach. */
export function attachTo(id: string, logs = false): Metadata {
  return Metadata({ 'x-container-id': id, ...(logs ? { 'x-attach-logs': 'true' } : {}) });
}

/** A client that keeps its side open and says nothing. */
export async function* never(): AsyncGenerator<AttachInput, void, undefined> {
  await new Promise<void>(() => {});
}
