import { unavailable } from '@arcbox/errors';
import { Channel, connectivityState, credentials } from '@grpc/grpc-js';
import type { Registration } from './announce.ts';
import { channelOptions } from './channel-options.ts';
import type { Directory } from './directory.ts';

/** A replica that does not come up within this time is passed over; milliseconds. */
const connectTimeout = 400;

/** Connections of its own for each channel: a new one must not inherit the backoff of one that failed. */
const options = { ...channelOptions, 'grpc.use_local_subchannel_pool': 1 };

export interface Replica {
  readonly registration: Registration;
  readonly channel: Channel;
}

/**
 * Connections to the replicas in the directory, one each. Calls go round-robin
 * to those that are connected; one that fails is passed over until it is back.
 */
export class Replicas implements Disposable {
  readonly #directory: Directory;
  readonly #channels = new Map<string, Replica>();
  readonly #abort = new AbortController();
  #turn = 0;

  constructor(directory: Directory) {
    this.#directory = directory;
    directory.onChange(() => this.#sweep(), this.#abort.signal);
  }

  /** A connected replica of `worker` that is none of `except`. UNAVAILABLE, within a second, when there is none. */
  async pick(worker: string, except?: ReadonlySet<Replica>): Promise<Replica> {
    const candidates = this.#directory.replicas(worker);
    const first = this.#turn++;
    const ordered = candidates.map((_, i) => this.#open(candidates[(first + i) % candidates.length] as Registration)).filter((replica) => !except?.has(replica));
    const connected = ordered.find((replica) => replica.channel.getConnectivityState(true) === connectivityState.READY);
    if (connected) return connected;
    try {
      return await Promise.any(ordered.map(whenReady));
    } catch {
      throw unavailable(`no ${worker} worker is running`);
    }
  }

  channelOf(registration: Registration): Channel {
    return this.#open(registration).channel;
  }

  #open(registration: Registration): Replica {
    const key = keyOf(registration);
    let replica = this.#channels.get(key);
    if (!replica) {
      replica = { registration, channel: new Channel(registration.address, credentials.createInsecure(), options) };
      this.#channels.set(key, replica);
    }
    return replica;
  }

  #sweep(): void {
    const present = new Set(this.#directory.all().map(keyOf));
    for (const [key, { channel }] of this.#channels) {
      if (present.has(key)) continue;
      this.#channels.delete(key);
      // Calls in flight end by themselves; only new ones are refused.
      channel.close();
    }
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    for (const { channel } of this.#channels.values()) channel.close();
    this.#channels.clear();
  }
}

/** A restarted replica has another pid and gets another channel, without the old one's backoff. */
const keyOf = ({ address, pid, startedAt }: Registration): string => `${address} ${pid} ${startedAt}`;

async function whenReady(replica: Replica): Promise<Replica> {
  const { channel } = replica;
  const deadline = Date.now() + connectTimeout;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return replica;
    if (state === connectivityState.SHUTDOWN || state === connectivityState.TRANSIENT_FAILURE) throw new Error('unreachable');
    await new Promise<void>((resolve, reject) =>
      channel.watchConnectivityState(state, deadline, (error) => (error ? reject(error) : resolve())),
    );
  }
}
