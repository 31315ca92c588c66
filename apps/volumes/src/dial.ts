import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { EngineError, fromSystemError, invalidArgument, unavailable } from '@arcbox/errors';
import { type HostFile, holdOnHost, type OwnPlaces } from './host-path.ts';

/** A socket of this host answers at once, or never; milliseconds. */
const patience = 5_000;

/**
 * Connects to a unix socket of the host. Both sides end on their own; `signal` cuts
 * it. UNAVAILABLE when nobody listens, INVALID_ARGUMENT when it is no socket.
 */
export async function dialSocket(path: string, own: OwnPlaces, signal: AbortSignal): Promise<Socket> {
  await using held = await holdSocket(path, own, signal);
  const socket = connect({ path: held.path, allowHalfOpen: true, signal });
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

async function holdSocket(path: string, own: OwnPlaces, signal: AbortSignal): Promise<HostFile> {
  try {
    await using stack = new AsyncDisposableStack();
    const held = stack.use(await holdOnHost(path, own, signal));
    if (!held.stat.isSocket()) throw invalidArgument(`not a socket: ${path}`);
    stack.move();
    return held;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) throw error;
    throw unavailable(`no socket at ${path}`, fromSystemError(error, path));
  }
}

/** Writes all of `input`, then ends the sending side. Returns when the other side has gone, whatever `input` would bring. */
export async function sendAll(socket: Socket, input: AsyncIterator<Buffer>): Promise<void> {
  const gone = new Promise<{ done: true; value: undefined }>((resolve) => socket.once('close', () => resolve({ done: true, value: undefined })));
  while (!socket.destroyed) {
    const next = await Promise.race([input.next(), gone]);
    if (next.done) return void socket.end();
    if (!socket.write(next.value)) await Promise.race([once(socket, 'drain'), gone]);
  }
}
