import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { bundle, type ChildServer, eventually, type InProcess, startInProcess, startNats, startProcess, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { createChannel, createClient } from 'nice-grpc';
import type { Replica } from './engine.ts';
import { startFakeImages, startFakeNetworks, startFakeVolumes } from './fake-peers.ts';

/** The containers worker as a process of its own, which may be killed and started again, with stand-ins for the others. */
export interface ContainersProcess extends AsyncDisposable, Omit<Replica, 'worker'> {
  readonly root: TemporaryRoot;
  /** Somebody who lives on, to read the events. */
  readonly peer: InProcess;
  /** kill -9, now. */
  kill(): Promise<void>;
  /** Returns when it serves. */
  start(): Promise<void>;
}

const repository = join(import.meta.dirname, '../../..');

export async function startContainersProcess(): Promise<ContainersProcess> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  const place = { root, natsUrl: nats.url };
  const peer = stack.use(await startInProcess('images', startFakeImages, place));
  stack.use(await startInProcess('networks', startFakeNetworks, place));
  stack.use(await startInProcess('volumes', startFakeVolumes, place));
  const program = bundleWorker(stack);
  const env = { ARCBOX_ROOT: root.path, ARCBOX_NATS_URL: nats.url, ARCBOX_REPLICA: '0' };
  let worker: ChildServer | undefined;
  const channel = createChannel(`unix://${root.paths.workerSocket('containers-0')}`);
  stack.defer(() => channel.close());
  const containers = createClient(ContainerServiceDefinition, channel);
  const engine = createClient(EngineContainerServiceDefinition, channel);
  const start = async (): Promise<void> => {
    const started = (worker = await startProcess(process.execPath, [program], { env }));
    await eventually(() => expect(started.output()).toContain('"started"'));
    // It also has to have found the others.
    await eventually(() => containers.create({ image: 'busybox', name: 'found', cmd: ['true'] }).catch(exceptTaken));
    await containers.remove({ id: 'found', force: true });
  };
  stack.defer(async () => worker?.kill());
  await start();
  stack.defer(async () => {
    for (const { id } of (await containers.list({ all: true })).containers) await containers.remove({ id, force: true });
  });
  const owned = stack.move();
  return { root, peer, start, containers, engine, kill: async () => worker?.kill('SIGKILL'), [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function exceptTaken(error: unknown): void {
  if (!String(error).includes('ALREADY_EXISTS')) throw error;
}

/** Below the repository, where the packages are that cannot be bundled. */
function bundleWorker(stack: AsyncDisposableStack): string {
  const parent = join(repository, '.cache');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'containers-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  return bundle(join(repository, 'apps/containers/src/main.ts'), directory);
}
