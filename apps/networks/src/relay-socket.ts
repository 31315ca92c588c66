import { closeSync } from 'node:fs';
import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { systemCall } from '@arcbox/linux';
import type { Family } from './cidr.ts';

const openProcess = systemCall('pidfd_open', 'int pidfd_open(int pid, unsigned int flags)');
const copyDescriptor = systemCall('pidfd_getfd', 'int pidfd_getfd(int pidfd, int fd, unsigned int flags)');

/** A connection to a container must come about by then; milliseconds. */
const patience = 10_000;

/** A UDP client that is silent for so long is forgotten; milliseconds. */
const silence = 90_000;

/** UDP clients of one port at a time; further ones are dropped until there is room. */
const mostClients = 1_000;

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
  // The port stays held; connections wait until somebody else takes them.
  server.on('error', () => server.close());
  server.listen({ fd: descriptor });
  server.unref();
  return {
    [Symbol.dispose]() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/**
 * Passes datagrams on, and the answers back to who has sent them, from the
 * address by which the host reaches them: who asked another of the host's
 * addresses may not take it. Owns the descriptor.
 */
export function relayDatagrams(descriptor: number, target: Target): Disposable {
  const outer = createSocket('udp6');
  const clients = new Map<string, { readonly inner: Datagrams; timer: NodeJS.Timeout }>();
  const forget = (key: string): void => {
    const client = clients.get(key);
    if (!client || !clients.delete(key)) return;
    clearTimeout(client.timer);
    client.inner.close();
  };
  outer.on('error', () => {});
  outer.on('message', (message, { address, port }) => {
    const to = target();
    // A client whose container has moved to the other family is a new one.
    const key = `${address} ${port} ${to?.family}`;
    if (!to || (clients.size >= mostClients && !clients.has(key))) return;
    const timer = setTimeout(() => forget(key), silence).unref();
    const known = clients.get(key);
    const inner = known?.inner ?? createSocket(`udp${to.family}`);
    clearTimeout(known?.timer);
    clients.set(key, { inner, timer });
    if (!known) {
      // Nobody listens there, or no longer: what UDP clients have to expect.
      inner.on('error', () => forget(key));
      inner.on('message', (answer) => outer.send(answer, port, address, () => {}));
      inner.unref();
    }
    inner.send(message, to.port, to.host, () => {});
  });
  outer.bind({ fd: descriptor });
  outer.unref();
  return {
    [Symbol.dispose]() {
      for (const key of [...clients.keys()]) forget(key);
      outer.close();
    },
  };
}
