import { unimplemented } from '@arcbox/errors';
import type { StartWorker } from '@arcbox/lifecycle';
import { EventLog } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { type HostServiceClient, HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { type VolumeServiceClient as EngineVolumeServiceClient, VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { type Event, type VolumeServiceClient, VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { serve, service } from '@arcbox/rpc';
import { eventually, type InProcess, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { startWorker } from '../src/worker.ts';

/** A volumes worker on a bus, beside a containers worker that claims what a test says. */
export interface VolumesEngine extends AsyncDisposable {
  readonly root: TemporaryRoot;
  /** Volume → names of the containers that use it. */
  readonly users: Map<string, string[]>;
  /** What happens while the containers worker is asked for users. */
  readonly meanwhile: { work?: () => Promise<unknown> };
  volumes(): Promise<VolumeServiceClient>;
  /** What arcbox.v1 cannot say about volumes. */
  further(): Promise<EngineVolumeServiceClient>;
  /** What it does on the host for other workers. */
  onHost(): Promise<HostServiceClient>;
  /** Before a restart. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Another replica on the same store; its client. */
  startSecond(): Promise<VolumeServiceClient>;
  events(): Promise<Event[]>;
}

export async function startVolumesEngine(): Promise<VolumesEngine> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  const users = new Map<string, string[]>();
  const meanwhile: VolumesEngine['meanwhile'] = {};
  const options = { root, natsUrl: nats.url };
  stack.use(await startInProcess('containers', containersWith(users, meanwhile), options));
  let worker = await startInProcess('volumes', startWorker, options);
  const clientOf = async ({ host }: InProcess, replica = 'volumes-0'): Promise<VolumeServiceClient> => {
    await eventually(() => expect(host.directory.all().map((one) => one.replica)).toEqual(expect.arrayContaining([replica, 'containers-0'])));
    return eventually(() => host.clients.of(VolumeServiceDefinition));
  };
  // The last client removes all volumes, so that nothing stays mounted.
  stack.defer(async () => {
    users.clear();
    const client = await clientOf(worker);
    const { volumes } = await client.list({});
    for (const { name } of volumes) await client.remove({ name });
    await worker[Symbol.asyncDispose]();
  });
  return {
    root,
    users,
    meanwhile,
    volumes: () => clientOf(worker),
    async further() {
      await clientOf(worker);
      return eventually(() => worker.host.clients.of(EngineVolumeServiceDefinition));
    },
    async onHost() {
      await clientOf(worker);
      return eventually(() => worker.host.clients.of(HostServiceDefinition));
    },
    stop: () => Promise.resolve(worker[Symbol.asyncDispose]()),
    async restart() {
      await worker[Symbol.asyncDispose]();
      worker = await startInProcess('volumes', startWorker, options);
    },
    async startSecond() {
      const second = stack.use(await startInProcess('volumes', startWorker, { ...options, replica: '1' }));
      return clientOf(second, 'volumes-1');
    },
    async events() {
      await using log = new EventLog(worker.host.bus, silentLogger);
      const read = log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal });
      return (await Array.fromAsync(read)).map(({ event }) => event);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** A container called `going` is being removed, and one called `runner` runs. */
const states: { readonly [name: string]: string } = { going: 'removing', runner: 'running' };
const engineState = (name: string): string => states[name] ?? 'exited';

function containersWith(users: ReadonlyMap<string, string[]>, meanwhile: VolumesEngine['meanwhile']): StartWorker {
  const missing = (): never => {
    throw unimplemented('not in this test');
  };
  const methods = Object.fromEntries(Object.keys(ContainerServiceDefinition.methods).map((name) => [name, missing]));
  const list = async ({ filters }: { filters: string }) => {
    const { volume } = JSON.parse(filters) as { volume: string[] };
    const containers = volume.flatMap((name) => users.get(name) ?? []).map((name) => ({ id: name, names: [name], state: engineState(name) }));
    await meanwhile.work?.();
    return { containers };
  };
  return async (host) => {
    const implementation = { ...methods, list } as unknown as Parameters<typeof service<typeof ContainerServiceDefinition>>[1];
    const server = await serve(host, [service(ContainerServiceDefinition, implementation)]);
    server.ready();
    return server;
  };
}
