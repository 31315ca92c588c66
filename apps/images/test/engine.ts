import { mkdirSync } from 'node:fs';
import { EventLog } from '@arcbox/events';
import { mount, unmount } from '@arcbox/linux';
import { silentLogger } from '@arcbox/log';

import { type BuildServiceClient, BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { type ImageStoreServiceClient, ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import {
  type ImageServiceClient,
  ImageServiceDefinition,
  type PullProgress,
  type PushProgress,
} from '@arcbox/proto/arcbox/v1/image';
import {
  type ImagesClient as RootsClient,
  ImagesDefinition as RootsDefinition,
} from '@arcbox/proto/containerkit/image';
import {
  type ImagesClient as NamesClient,
  ImagesDefinition as NamesDefinition,
} from '@arcbox/proto/containerd/services/images/v1/images';
import {
  type InProcess,
  type NatsServer,
  startInProcess,
  startNats,
  type TemporaryRoot,
  temporaryRoot,
} from '@arcbox/testing';
import { createChannel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';

/** The images worker of one test, and clients of all its services. */
export interface Replica extends AsyncDisposable {
  readonly worker: InProcess;
  readonly images: ImageServiceClient;
  readonly imageStore: ImageStoreServiceClient;
  readonly builds: BuildServiceClient;
  readonly roots: RootsClient;
  readonly names: NamesClient;
}

export interface Engine extends Replica {
  readonly nats: NatsServer;
  readonly root: TemporaryRoot;
  /** `<state>/images` */
  readonly state: string;
  /** Another replica on the same files. */
  start(replica: string): Promise<Replica>;
  events(): Promise<Event[]>;
}

/** `diskSize` puts the worker's state on a disk of so many bytes. */
export async function startEngine(options: { diskSize?: number } = {}): Promise<Engine> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  if (options.diskSize !== undefined) stack.use(smallDisk(root.paths.service('images'), options.diskSize));
  const first = stack.use(await startReplica(root, nats, '0'));
  const owned = stack.move();
  return {
    ...first,
    nats,
    root,
    state: root.paths.service('images'),
    start: async (replica) => owned.use(await startReplica(root, nats, replica)),
    async events() {
      await using log = new EventLog(first.worker.host.bus, silentLogger);
      const read = log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal });
      return (await Array.fromAsync(read)).map(({ event }) => event);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function smallDisk(path: string, size: number): Disposable {
  mkdirSync(path, { recursive: true });
  mount({ type: 'tmpfs', source: 'small', target: path, data: `size=${size}` });
  return { [Symbol.dispose]: () => unmount(path) };
}

async function startReplica(root: TemporaryRoot, nats: NatsServer, replica: string): Promise<Replica> {
  const worker = await startInProcess('images', startWorker, { root, natsUrl: nats.url, replica });
  const channel = createChannel(`unix://${root.paths.workerSocket(`images-${replica}`)}`);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    channel.close();
    await worker[Symbol.asyncDispose]();
  };
  return {
    worker,
    images: createClient(ImageServiceDefinition, channel),
    imageStore: createClient(ImageStoreServiceDefinition, channel),
    builds: createClient(BuildServiceDefinition, channel),
    roots: createClient(RootsDefinition, channel),
    names: createClient(NamesDefinition, channel),
    [Symbol.asyncDispose]: () => (ending ??= end()),
  };
}

/** Pulls and returns everything that was said. */
export async function pull(
  { images }: Pick<Replica, 'images'>,
  reference: string,
  options: { auth?: object; platform?: string; signal?: AbortSignal } = {},
): Promise<PullProgress[]> {
  const auth = options.auth ? Buffer.from(JSON.stringify(options.auth)).toString('base64') : '';
  return Array.fromAsync(images.pull({ reference, auth, platform: options.platform }, { signal: options.signal }));
}

/** Pushes and returns everything that was said. */
export async function push(
  { images }: Pick<Replica, 'images'>,
  reference: string,
  options: { auth?: object; signal?: AbortSignal } = {},
): Promise<PushProgress[]> {
  const auth = options.auth ? Buffer.from(JSON.stringify(options.auth)).toString('base64') : '';
  return Array.fromAsync(images.push({ reference, auth }, { signal: options.signal }));
}

/** Prepares a root at `path` and mounts it, as the containers worker does; disposing takes it away again. */
export async function mountRoot(
  { roots }: Pick<Replica, 'roots'>,
  path: string,
  name: string,
): Promise<AsyncDisposable> {
  const { layers } = await roots.prepare({ path, name });
  for (const { type, source, target, options } of layers) mount({ type, source, target, data: options.join(',') });
  return {
    async [Symbol.asyncDispose]() {
      unmount(path);
      await roots.cleanup({ path });
    },
  };
}
