import { Duplex } from 'node:stream';
import { type DialRequest, HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { type Clients, fromRpcError } from '@arcbox/rpc';
import { BoundedQueue } from '@arcbox/stream';
import { pieces } from '../target/upload.ts';

/** A directory of the host, as it was when somebody began to read it. */
export interface HostTree {
  /** Permission bits. */
  readonly mode: number;
  /** Unix nanoseconds. */
  readonly modified: bigint;
  /** What it holds as a plain tar archive; to be read to its end, or ended. */
  readonly content: AsyncGenerator<Buffer, void, undefined>;
}

/** Pieces on their way to a socket. */
const waiting = 16;

/** What this worker may not do on the host itself. */
export class Host {
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** A connection to a unix socket. UNAVAILABLE when nobody listens there. Destroying it ends it. */
  async dial(path: string): Promise<Duplex> {
    const host = await this.#clients.of(HostServiceDefinition);
    const abort = new AbortController();
    const input = new BoundedQueue<Partial<DialRequest>>(waiting);
    await input.push({ path });
    const answers = host.dial(input, { signal: abort.signal })[Symbol.asyncIterator]();
    try {
      await answers.next();
    } catch (error) {
      throw fromRpcError(error);
    }
    return connection(input, answers, abort);
  }

  /** A directory. NOT_FOUND when it is not there. */
  async readTree(path: string, signal: AbortSignal): Promise<HostTree> {
    const host = await this.#clients.of(HostServiceDefinition);
    const messages = host.readTree({ path }, { signal })[Symbol.asyncIterator]();
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
