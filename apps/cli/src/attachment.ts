import type { AttachInput } from '@arcbox/proto/arcbox/v1/container';
import { BoundedQueue } from '@arcbox/stream';
import { Metadata } from 'nice-grpc-common';
import type { Engine } from './connection.ts';
import { write } from './output.ts';
import { followTerminalSize, pumpInput } from './standard-input.ts';

export interface AttachmentOptions {
  /** Pass our standard input on. */
  readonly stdin: boolean;
  /** Streams of the container that go to ours. */
  readonly shown: readonly ('stdout' | 'stderr')[];
  /** The container has a terminal: pass on the size of ours. */
  readonly tty: boolean;
  /** Bytes that detach; none never do. */
  readonly detachKeys: readonly number[];
}

/** A connection to the main process of a container. Disposing gives it up. */
export interface Attachment extends Disposable {
  /** Resolves once the engine has connected us: no output from then on is missed. */
  readonly opened: Promise<void>;
  /** Resolves when the process has ended and all its output is written, or when the keys to detach were typed. */
  readonly closed: Promise<'ended' | 'detached'>;
  /** Begins to pass on our input and the size of our terminal. */
  feed(): void;
}

/** Connects to a container that exists; its output goes to ours, byte for byte. */
export function openAttachment(engine: Engine, id: string, options: AttachmentOptions): Attachment {
  const input = new BoundedQueue<AttachInput>(16);
  const abort = new AbortController();
  const opened = Promise.withResolvers<void>();
  const metadata = Metadata({ 'x-container-id': id, ...(options.stdin ? {} : { 'x-attach-stdin': 'false' }) });
  const output = engine.containers.attach(input, { metadata, signal: abort.signal, onHeader: () => opened.resolve() });
  const detached = Promise.withResolvers<'detached'>();
  const ended = (async (): Promise<'ended'> => {
    try {
      for await (const { stream, data } of output) {
        const name = stream === 'stderr' ? 'stderr' : 'stdout';
        if (options.shown.includes(name)) await write(process[name], data);
      }
      opened.resolve();
      return 'ended';
    } catch (error) {
      opened.reject(error);
      throw error;
    } finally {
      input.end();
    }
  })();
  const closed = Promise.race([ended, detached.promise]);
  // Whoever waits for one of them need not wait for the other.
  opened.promise.catch(() => {});
  closed.catch(() => {});
  // Cancelling the call would end the input for a moment before the engine sees that it was cancelled: a connection that
  // breaks off, as this process ends, says it at once.
  let cancel = (): void => abort.abort();
  const detach = (): void => {
    cancel = () => {};
    detached.resolve('detached');
  };
  const target = {
    send: (data: Buffer) => input.push({ data, resize: false, height: 0, width: 0 }),
    end: () => input.end(),
  };
  const owned = new DisposableStack();
  owned.defer(() => cancel());
  return {
    opened: opened.promise,
    closed,
    feed() {
      if (options.tty) {
        owned.use(followTerminalSize((size) => void input.offer({ data: Buffer.alloc(0), resize: true, ...size })));
      }
      if (options.stdin) void pumpInput(target, options.detachKeys).then((typed) => typed === 'detach' && detach());
    },
    [Symbol.dispose]: () => owned.dispose(),
  };
}
