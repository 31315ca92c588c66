import { join } from 'node:path';

/** Where everything of one engine lives. All absolute. */
export interface Paths {
  /** Durable state; each service has a directory of its own below it. */
  readonly state: string;
  /** Sockets, pid files: gone after a reboot. */
  readonly run: string;
  readonly log: string;
  /** The socket that clients use. */
  readonly gatewaySocket: string;
  /** Durable directory of one service. */
  service(name: string): string;
  /** gRPC socket of one replica of a worker. */
  workerSocket(replica: string): string;
}

/** Paths below `root`, or the system's usual places when there is none. */
export function pathsFor(root?: string): Paths {
  const state = root ?? '/var/lib/arcbox';
  const run = root === undefined ? '/run/arcbox' : join(root, 'run');
  return {
    state,
    run,
    log: root === undefined ? '/var/log/arcbox' : join(root, 'log'),
    gatewaySocket: join(run, 'arcbox.sock'),
    service: (name) => join(state, name),
    workerSocket: (replica) => join(run, 'workers', `${replica}.sock`),
  };
}
