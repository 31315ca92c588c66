import { randomBytes } from 'node:crypto';
import { nodeIdentity } from '@arcbox/config';
import { type NetworkServiceClient, NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { type SandboxServiceClient, SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { type InProcess, type NatsServer, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { createChannel, createClient } from 'nice-grpc';
import { startWorker, tagOf } from '../src/worker.ts';

export interface Replica extends AsyncDisposable {
  readonly worker: InProcess;
  readonly networks: NetworkServiceClient;
  readonly sandboxes: SandboxServiceClient;
}

/** A networks worker with a bus; what it leaves in the kernel goes with its root. */
export interface Engine extends Replica {
  readonly nats: NatsServer;
  readonly root: TemporaryRoot;
  /** As in the names of its table and the aliases of its interfaces. */
  readonly tag: string;
  readonly table: string;
  /** Stops the worker that was started first. */
  stop(): Promise<void>;
  /** Another replica, on the same files. */
  start(replica: string): Promise<Replica>;
}

export async function startEngine(): Promise<Engine> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  const tag = tagOf(nodeIdentity(root.paths));
  const first = stack.use(await startReplica(root, nats, '0'));
  const owned = stack.move();
  // Replicas that come later belong to it as well.
  return {
    ...first,
    nats,
    root,
    tag,
    table: `arcbox_${tag}`,
    stop: () => Promise.resolve(first[Symbol.asyncDispose]()),
    start: async (replica) => owned.use(await startReplica(root, nats, replica)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startReplica(root: TemporaryRoot, nats: NatsServer, replica: string): Promise<Replica> {
  const worker = await startInProcess('networks', startWorker, { root, natsUrl: nats.url, replica });
  const channel = createChannel(`unix://${root.paths.workerSocket(`networks-${replica}`)}`);
  let ending: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    channel.close();
    await worker[Symbol.asyncDispose]();
  };
  return {
    worker,
    networks: createClient(NetworkServiceDefinition, channel),
    sandboxes: createClient(SandboxServiceDefinition, channel),
    // May be ended by the test and again by the engine.
    [Symbol.asyncDispose]: () => (ending ??= end()),
  };
}

/** A container id as the containers worker makes them. */
export function newId(): string {
  return randomBytes(32).toString('hex');
}
