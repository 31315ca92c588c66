import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { ImagesDefinition as NamesDefinition } from '@arcbox/proto/containerd/services/images/v1/images';
import { ImagesDefinition as RootsDefinition } from '@arcbox/proto/containerkit/image';
import { bundle, type ChildServer, eventually, startNats, startProcess, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { createChannel, createClient } from 'nice-grpc';
import type { Replica } from './engine.ts';

/** The images worker as a process of its own, which may be killed and started again. */
export interface ImagesProcess extends AsyncDisposable, Omit<Replica, 'worker'> {
  readonly root: TemporaryRoot;
  /** `<state>/images` */
  readonly state: string;
  /** kill -9, now. */
  kill(): Promise<void>;
  /** Returns when it serves. */
  start(): Promise<void>;
}

const repository = join(import.meta.dirname, '../../..');

export async function startImagesProcess(): Promise<ImagesProcess> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  const program = bundleWorker(stack);
  const env = { ARCBOX_ROOT: root.path, ARCBOX_NATS_URL: nats.url, ARCBOX_REPLICA: '0' };
  let worker: ChildServer | undefined;
  const start = async (): Promise<void> => {
    const started = (worker = await startProcess(process.execPath, [program], { env }));
    await eventually(() => expect(started.output()).toContain('"started"'));
  };
  stack.defer(async () => worker?.kill());
  const channel = createChannel(`unix://${root.paths.workerSocket('images-0')}`);
  stack.defer(() => channel.close());
  await start();
  const owned = stack.move();
  return {
    root,
    state: root.paths.service('images'),
    start,
    kill: async () => worker?.kill('SIGKILL'),
    images: createClient(ImageServiceDefinition, channel),
    imageStore: createClient(ImageStoreServiceDefinition, channel),
    builds: createClient(BuildServiceDefinition, channel),
    roots: createClient(RootsDefinition, channel),
    names: createClient(NamesDefinition, channel),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Below the repository, where the packages are that cannot be bundled. */
function bundleWorker(stack: AsyncDisposableStack): string {
  const parent = join(repository, '.cache');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'images-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  return bundle(join(repository, 'apps/images/src/main.ts'), directory);
}
