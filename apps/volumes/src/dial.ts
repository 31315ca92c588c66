import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fromSystemError, invalidArgument, isKind, unavailable } from '@arcbox/errors';
import { findOnHost, type OwnPlaces } from './host-path.ts';

/** A socket of this host answers at once, or never; milliseconds. */
const patience = 5_000;

/**
 * Connects to a unix socket of the host. Both sides end on their own; `signal` cuts
 * it. UNAVAILABLE when nobody listens, INVALID_ARGUMENT when it is no socket.
 */
export async function dialSocket(path: string, own: OwnPlaces, signal: AbortSignal): Promise<Socket> {
  const found = findSocket(path, own);
  const socket = connect({ path: found, allowHalfOpen: true, signal });
  const timer = setTimeout(() => socket.destroy(new Error('it does not answer')), patience);
  try {
    await once(socket, 'connect');
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw unavailable(`nobody answers at ${path}`, error);
  } finally {
    clearTimeout(timer);
  }
  // Whoever reads or writes hears of it.
  socket.on('error', () => {});
  return socket;
}

function findSocket(path: string, own: OwnPlaces): string {
  try {
    const { path: found, stat } = findOnHost(path, own);
    if (!stat.isSocket()) throw invalidArgument(`not a socket: ${path}`);
    return found;
  } catch (error) {
    if (isKind(error, 'invalid-argument', 'permission-denied')) throw error;
    throw unavailable(`no socket at ${path}`, fromSystemError(error, path));
  }
}

/** Writes all of `input`, then ends the sending side. Returns early when the other side has gone. */
export async function sendAll(socket: Socket, input: AsyncIterable<Buffer>): Promise<void> {
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  for await (const chunk of input) {
    if (socket.destroyed) return;
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), gone]);
  }
  socket.end();
}
