import { Duplex } from 'node:stream';
import { type DialRequest, HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { unavailable } from '@arcbox/errors';
import { type Clients, fromRpcError } from '@arcbox/rpc';
import { BoundedQueue, comingInTime } from '@arcbox/stream';
import { pieces } from '../target/upload.ts';
import type { Listener } from './listener.ts';

/** A directory of the host, as it was when somebody began to read it. */
export interface HostTree {
  /** Permission bits. */
  readonly mode: number;
  /** Unix nanoseconds. */
  readonly modified: bigint;
  /** What it holds as a plain tar archive; to be read to its end, or ended. */
  readonly content: AsyncGenerator<Buffer, void, undefined>;
}

/** A connection to another engine. */
export interface Connection {
  readonly listener: Listener;
  /** Destroying it ends it. */
  readonly stream: Duplex;
}

/** Pieces on their way to a socket. */
const waiting = 16;

/** Whoever reads a directory gives up a dead file system before; milliseconds. */
const usualSilence = 120_000;

/** What this worker may not do on the host itself. */
export class Host {
  readonly #clients: Clients;

  readonly #silence: number;

  /** `silence`: how long nothing may come of a directory; milliseconds. */
  constructor(clients: Clients, silence = usualSilence) {
    this.#clients = clients;
    this.#silence = silence;
  }

  /** A connection to a unix socket. UNAVAILABLE when nobody listens there. */
  async dial(path: string): Promise<Connection> {
    const host = await this.#clients.of(HostServiceDefinition);
    const abort = new AbortController();
    const input = new BoundedQueue<Partial<DialRequest>>(waiting);
    await input.push({ path });
    const answers = host.dial(input, { signal: abort.signal })[Symbol.asyncIterator]();
    try {
      const { value } = await answers.next();
      const listener = { uid: value?.listenerUid ?? 0, isHosts: value?.listenerIsHosts ?? false };
      return { listener, stream: connection(input, answers, abort) };
    } catch (error) {
      throw fromRpcError(error);
    }
  }

  /** A directory. NOT_FOUND when it is not there, UNAVAILABLE when nothing more comes of it. */
  async readTree(path: string, signal: AbortSignal): Promise<HostTree> {
    const host = await this.#clients.of(HostServiceDefinition);
    const abort = new AbortController();
    const late = (): Error => {
      abort.abort();
      return unavailable(`nothing more comes of ${path}`);
    };
    const call = host.readTree({ path }, { signal: AbortSignal.any([signal, abort.signal]) });
    const messages = comingInTime(call, { milliseconds: this.#silence, late });
    try {
      const first = await messages.next();
      const { mode = 0, modifiedNanos = 0n } = first.value ?? {};
      return { mode, modified: modifiedNanos, content: pieces(messages) };
    } catch (error) {
      throw fromRpcError(error);
    }
  }
}

function connection(
  input: BoundedQueue<Partial<DialRequest>>,
  answers: AsyncIterator<{ data: Buffer }>,
  abort: AbortController,
): Duplex {
  const read = async (): Promise<void> => {
    try {
      const { done, value } = await answers.next();
      stream.push(done ? null : value.data);
    } catch (error) {
      stream.destroy(fromRpcError(error) as Error);
    }
  };
  const stream = new Duplex({
    read: () => void read(),
    write(data: Buffer, _encoding, done) {
      input.push({ data }).then((isTaken) => done(isTaken ? null : new Error('the connection is closed')), done);
    },
    final(done) {
      input.end();
      done();
    },
    destroy(error, done) {
      input.end();
      abort.abort();
      done(error);
    },
  });
  return stream;
}
