import {
  type SystemServiceClient as EngineSystemServiceClient,
  SystemServiceDefinition as EngineSystemServiceDefinition,
} from '@arcbox/proto/arcbox/engine/v1/system';
import { type SystemServiceClient, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { join } from 'node:path';
import { openStore } from '@arcbox/store';
import { eventually, type InProcess, type NatsServer, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { type Channel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';
import { type FakeState, fakeState, fakeWorker, needed } from './fake-workers.ts';

/** A system worker with a bus, and whichever stand-ins of other workers a test starts. */
export interface Engine extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly root: TemporaryRoot;
  readonly state: FakeState;
  readonly system: SystemServiceClient;
  /** What arcbox.v1 cannot say. */
  readonly further: EngineSystemServiceClient;
  readonly worker: InProcess;
  /** Starts a stand-in; disposing it, or the engine, stops it. */
  start(name: (typeof needed)[number]): Promise<InProcess>;
  startAll(): Promise<{ [name in (typeof needed)[number]]: InProcess }>;
  startSystem(replica: string): Promise<InProcess & Clients>;
}

interface Clients {
  readonly client: SystemServiceClient;
  readonly further: EngineSystemServiceClient;
}

/** `killed`: as if an engine on this root had been. */
export async function startEngine({ killed = false } = {}): Promise<Engine> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  if (killed) leaveReplica(root);
  const state = fakeState();
  const start = async (name: (typeof needed)[number]): Promise<InProcess> =>
    stack.use(once(await startInProcess(name, fakeWorker(name, state), { root, natsUrl: nats.url })));
  const startSystem: Engine['startSystem'] = async (replica) => {
    const worker = stack.use(once(await startInProcess('system', startWorker, { root, natsUrl: nats.url, replica })));
    return { ...worker, ...(await clientsOf(worker, `system-${replica}`)) };
  };
  const first = await startSystem('0');
  return {
    nats,
    root,
    state,
    system: first.client,
    further: first.further,
    worker: first,
    start,
    startSystem,
    async startAll() {
      const entries = await Promise.all(needed.map(async (name) => [name, await start(name)] as const));
      return Object.fromEntries(entries) as Awaited<ReturnType<Engine['startAll']>>;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Of a process that is no more. */
function leaveReplica(root: TemporaryRoot): void {
  using store = openStore(join(root.paths.service('system'), 'state.db'));
  store.collection('replicas').put({ id: 'system-0', process: `${2 ** 22 + 1}.1` } as { id: string });
}

/** May be disposed by the test and again by the engine. */
function once(worker: InProcess): InProcess {
  let ending: Promise<void> | undefined;
  return { host: worker.host, [Symbol.asyncDispose]: () => (ending ??= Promise.resolve(worker[Symbol.asyncDispose]())) };
}

async function clientsOf({ host }: InProcess, replica: string): Promise<Clients> {
  const registration = await eventually(() => {
    const found = host.directory.replicas('system').find((one) => one.replica === replica && one.pid === process.pid);
    if (!found) throw new Error(`${replica} is not registered yet`);
    return found;
  });
  const channel = host.replicas.channelOf(registration) as Channel;
  return { client: createClient(SystemServiceDefinition, channel), further: createClient(EngineSystemServiceDefinition, channel) };
}
