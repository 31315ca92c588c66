import type { IconHosts } from '@arcbox/config';
import { type IconServiceClient, IconServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { eventually, type InProcess, type NatsServer, startInProcess, startNats, type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { type Channel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';

export interface IconsReplica extends AsyncDisposable {
  readonly client: IconServiceClient;
  readonly worker: InProcess;
}

export interface IconsEngine extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly root: TemporaryRoot;
  /** Dispose it, or the engine. */
  start(replica: string): Promise<IconsReplica>;
}

/** A bus and a root, and icons workers that look at `hosts`. */
export async function startIcons(hosts: IconHosts): Promise<IconsEngine> {
  const stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const root = stack.use(temporaryRoot());
  return {
    nats,
    root,
    async start(replica) {
      const worker = await startInProcess('icons', (host) => startWorker({ ...host, config: { ...host.config, iconHosts: hosts } }), {
        root,
        natsUrl: nats.url,
        replica,
      });
      const stopped = once(worker);
      stack.use(stopped);
      const registration = await eventually(() => {
        const found = worker.host.directory.replicas('icons').find((one) => one.replica === `icons-${replica}`);
        if (!found) throw new Error(`icons-${replica} is not registered yet`);
        return found;
      });
      const client = createClient(IconServiceDefinition, worker.host.replicas.channelOf(registration) as Channel);
      return { client, worker, [Symbol.asyncDispose]: () => stopped[Symbol.asyncDispose]() };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** May be stopped by the test and again by the engine. */
function once(worker: InProcess): AsyncDisposable {
  let ending: Promise<void> | undefined;
  return { [Symbol.asyncDispose]: () => (ending ??= Promise.resolve(worker[Symbol.asyncDispose]())) };
}
