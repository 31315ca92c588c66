import { closeSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { systemCall } from '@arcbox/linux';
import type { Family } from './cidr.ts';
import { listenOn } from './listen-on.ts';

const openProcess = systemCall('pidfd_open', 'int pidfd_open(int pid, unsigned int flags)');
const copyDescriptor = systemCall('pidfd_getfd', 'int pidfd_getfd(int pidfd, int fd, unsigned int flags)');

/** A connection to a container must come about by then; milliseconds. */
const patience = 10_000;

/** Where a relayed port leads now; undefined while the container is on no network with a way out. */
export type Target = () => { readonly host: string; readonly port: number; readonly family: Family } | undefined;

/** Copies of sockets that another process has; they are the caller's. */
export function copySockets(pid: number, descriptors: readonly number[]): number[] {
  const handle = openProcess(pid, 0);
  const copies: number[] = [];
  try {
    for (const descriptor of descriptors) copies.push(copyDescriptor(handle, descriptor, 0));
    return copies;
  } catch (error) {
    copies.forEach(closeSync);
    throw error;
  } finally {
    closeSync(handle);
  }
}

/** Passes connections to a listening socket on. Owns the descriptor. */
export function relayConnections(descriptor: number, target: Target): Disposable {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    const to = target();
    if (!to) return void client.destroy();
    const inner = connect({ ...to, allowHalfOpen: true, timeout: patience });
    inner.once('timeout', () => inner.destroy());
    inner.once('connect', () => inner.setTimeout(0));
    for (const socket of [client, inner]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    // Who ends or fails on one side has the other side end or fail as well; there is nobody to tell.
    pipeline(client, inner, (error) => error && client.destroy());
    pipeline(inner, client, (error) => error && inner.destroy());
  });
  return listenOn(descriptor, server, open);
}
