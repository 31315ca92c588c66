import { join } from 'node:path';
import { type Config, nodeIdentity } from '@arcbox/config';
import { Bus } from '@arcbox/events';
import type { Logger } from '@arcbox/log';
import { Clients, Directory, Replicas } from '@arcbox/rpc';

/** What a worker stands on: its configuration, its log, the bus, and the way to the other workers. */
export interface WorkerHost {
  readonly config: Config;
  /** Id of the node, for records and event sources. */
  readonly node: string;
  readonly log: Logger;
  readonly bus: Bus;
  readonly directory: Directory;
  readonly replicas: Replicas;
  readonly clients: Clients;
}

/** Opens the host of one worker. Waits for nobody: the bus and the others may come later. */
export function openHost(config: Config, log: Logger): WorkerHost & AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const bus = stack.use(new Bus({ url: config.natsUrl, name: config.replica, log }));
  const file = join(config.paths.service(config.worker), `${config.replica}.peers.json`);
  const directory = stack.use(new Directory({ bus, file, log }));
  const replicas = stack.use(new Replicas(directory));
  return {
    config,
    node: nodeIdentity(config.paths),
    log,
    bus,
    directory,
    replicas,
    clients: new Clients(replicas, config.worker),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
