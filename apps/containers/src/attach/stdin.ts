import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Container, isRunning } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import type { Places } from '../record/places.ts';
import { Bundle } from '../runtime/bundle.ts';
import { tellMonitor } from '../runtime/control.ts';
import { StdinPipe } from '../runtime/stdin-pipe.ts';

export interface Input {
  readonly data: Uint8Array;
  readonly resize: boolean;
  readonly height: number;
  readonly width: number;
}

export interface InputDeps {
  readonly containers: Containers;
  readonly places: Places;
}

/**
 * Brings a client's input to the main process, once it runs. The end of the
 * client's input ends the process's, where it was opened for input; a client
 * that goes away, or `signal`, does only when the input is for one client, and no terminal. Nothing is taken from
 * the client that the process has no room for. One that only looks on has no input: it only sizes the terminal.
 */
export async function takeInput(
  deps: InputDeps,
  container: Container,
  input: AsyncIterable<Input>,
  { signal, looksOn }: { signal: AbortSignal; looksOn: boolean },
): Promise<void> {
  const { containers, places } = deps;
  const { id, config } = container;
  await containers.changes.until(id, () => hasStarted(containers.get(id), container), signal);
  const bundle = places.bundle(id);
  const pipe = config.stdinOpen && !looksOn ? new StdinPipe(bundle) : undefined;
  if (pipe) {
    using _turn = await containers.holdInput(id, signal);
    pipe.prepare();
  }
  const socket = pipe?.open();
  socket?.on('error', () => socket.destroy());
  const ended = socket ? AbortSignal.any([signal, closed(socket)]) : signal;
  try {
    for await (const { data, resize, height, width } of input) {
      if (signal.aborted) return;
      if (resize && config.tty) await tellMonitor(new Bundle(bundle).control, `1 ${height} ${width}`);
      if (data.length > 0 && socket) await write(socket, data, ended);
    }
    if (signal.aborted) return;
    if (socket) await finish(socket);
    pipe?.end();
  } finally {
    socket?.destroy();
    if (config.life?.stdinOnce && !config.tty) pipe?.end();
  }
}

function hasStarted(now: Container | undefined, then: Container): true | undefined {
  if (!now || now.status.exits > then.status.exits) return true;
  return isRunning(now) ? true : undefined;
}

/** Returns when there is room for more, or `ended` aborts. */
async function write(socket: Socket, data: Uint8Array, ended: AbortSignal): Promise<void> {
  if (socket.destroyed || socket.write(data)) return;
  await once(socket, 'drain', { signal: ended }).catch(() => {});
}

/** All that was written is in the pipe. */
async function finish(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const done = once(socket, 'finish').catch(() => {});
  socket.end();
  await done;
}

function closed(socket: Socket): AbortSignal {
  const abort = new AbortController();
  socket.once('close', () => abort.abort());
  return abort.signal;
}
