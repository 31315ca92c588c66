import { Worker_Health, WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import { credentials, Client as RawClient } from '@grpc/grpc-js';
import type { WorkerHost } from '@arcbox/lifecycle';
import { channelOptions, serve, type ServedService } from '@arcbox/rpc';
import { eventually, type InProcess, startInProcess, startNats, type NatsServer, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { type Client, type CompatServiceDefinition, createChannel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';

/** A gateway on a root and a bus of its own, and clients of its socket. */
export interface Engine extends AsyncDisposable {
  readonly root: TemporaryRoot;
  readonly nats: NatsServer;
  readonly gateway: InProcess;
  readonly socket: string;
  /** A stub on a connection of its own. */
  client<Service extends CompatServiceDefinition>(definition: Service): Client<Service>;
  /** A client that sends and receives bytes, on a connection of its own. */
  raw(): RawClient;
  /** Starts a replica in this process and waits until the gateway has found it. */
  worker(name: string, services: ServedService[], options?: { replica?: string; ready?: boolean }): Promise<InProcess>;
  /** Waits until the gateway has so many serving replicas of a worker. */
  found(worker: string, count: number): Promise<void>;
  stopGateway(): Promise<void>;
}

export async function startEngine(): Promise<Engine> {
  const stack = new AsyncDisposableStack();
  const root = stack.use(temporaryRoot());
  const nats = stack.use(await startNats());
  const clients = stack.adopt(new Set<() => void>(), (all) => all.forEach((close) => close()));
  const gateway = await startInProcess('gateway', startWorker, { root, natsUrl: nats.url });
  let stopping: PromiseLike<void> | undefined;
  const stopGateway = (): Promise<void> => Promise.resolve((stopping ??= gateway[Symbol.asyncDispose]()));
  stack.defer(stopGateway);
  const socket = root.paths.gatewaySocket;
  const engine: Engine = {
    root,
    nats,
    gateway,
    socket,
    stopGateway,
    client(definition) {
      const channel = createChannel(`unix://${socket}`, undefined, { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 });
      clients.add(() => channel.close());
      return createClient(definition, channel);
    },
    raw() {
      const options = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 };
      const client = new RawClient(`unix:${socket}`, credentials.createInsecure(), options);
      clients.add(() => client.close());
      return client;
    },
    async worker(name, services, { replica = '0', ready = true } = {}) {
      const start = async (host: WorkerHost) => {
        const server = await serve(host, services);
        if (ready) server.ready();
        return server;
      };
      const worker = stack.use(await startInProcess(name, start, { root, natsUrl: nats.url, replica }));
      await eventually(() => {
        if (!gateway.host.directory.replicas(name).some((each) => each.replica === `${name}-${replica}`)) throw new Error('not found yet');
      });
      return worker;
    },
    found: async (worker, count) => {
      const client = engine.client(WorkerServiceDefinition);
      await eventually(async () => {
        const { workers } = await client.listWorkers({});
        const serving = workers.filter(({ name, health }) => name === worker && health === Worker_Health.HEALTH_SERVING);
        if (serving.length !== count) throw new Error(`${serving.length} of ${count} serve`);
      });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return engine;
}
