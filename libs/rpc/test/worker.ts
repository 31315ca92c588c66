import { join } from 'node:path';
import type { WorkerHost } from '@arcbox/lifecycle';
import { channelOptions, serve, type ServedService, type WorkerServer } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { type InProcess, startInProcess, type TemporaryRoot } from '@arcbox/testing';
import { credentials, Client as RawClient } from '@grpc/grpc-js';
import { type Client, type CompatServiceDefinition, createChannel, createClient } from 'nice-grpc';
import { type Line, recordingLogger } from './recording-logger.ts';

/** A worker of a test in this process, called over its own socket. */
export interface Worker extends InProcess {
  readonly server: WorkerServer;
  /** What it has logged. */
  readonly lines: Line[];
  client<Service extends CompatServiceDefinition>(definition: Service): Client<Service>;
  /** Sends and receives bytes. */
  raw(): RawClient;
}

export interface WorkerOptions {
  root: TemporaryRoot;
  natsUrl: string;
  replica?: string;
  ready?: boolean;
  /** With a store, which all replicas on the root share, unary calls are idempotent by key. */
  store?: boolean;
}

export async function startWorker(
  name: string,
  services: readonly ServedService[] | ((host: WorkerHost) => readonly ServedService[]),
  { root, natsUrl, replica, ready = true, store = false }: WorkerOptions,
): Promise<Worker> {
  const { log, lines } = recordingLogger();
  const closers: (() => void)[] = [];
  const started: { server?: WorkerServer } = {};
  const start = async (host: WorkerHost): Promise<AsyncDisposable> => {
    await using stack = new AsyncDisposableStack();
    stack.defer(() => closers.forEach((close) => close()));
    const shared = store ? stack.use(openStore(join(root.paths.service(name), 'state.db'))) : undefined;
    const implementations = typeof services === 'function' ? services(host) : services;
    started.server = stack.use(await serve({ ...host, log }, implementations, shared));
    if (ready) started.server.ready();
    return stack.move();
  };
  const worker = await startInProcess(name, start, { root, natsUrl, replica });
  const server = started.server as WorkerServer;
  const options = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 };
  return {
    ...worker,
    server,
    lines,
    client(definition) {
      const channel = createChannel(server.address.replace('unix:', 'unix://'), undefined, options);
      closers.push(() => channel.close());
      return createClient(definition, channel);
    },
    raw() {
      const client = new RawClient(server.address, credentials.createInsecure(), options);
      closers.push(() => client.close());
      return client;
    },
  };
}
