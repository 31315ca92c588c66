import { type StreamInfo, StorageType } from 'nats';
import type { Bus } from './bus.ts';
import { isMissing } from './is-missing.ts';
import { eventStream } from './subjects.ts';
import { unlessAborted } from './unless-aborted.ts';

/** What the server of the bus tells about itself. */
export interface BusState {
  /** Version of the server. */
  readonly server: string;
  /** Bytes that everything in its durable storage takes; undefined when it has no JetStream. */
  readonly stored?: number;
  /** The stream of the events; undefined when it is not there. */
  readonly stream?: {
    /** Events outlive the server. */
    readonly isDurable: boolean;
    readonly events: number;
    readonly bytes: number;
    /** Most bytes, and nanoseconds that an event is kept; -1 and 0 for no bound. */
    readonly maxBytes: number;
    readonly maxAge: number;
  };
}

/** Asks the server. Rejects when it does not answer before `signal` aborts. */
export async function inspectBus(bus: Bus, signal: AbortSignal): Promise<BusState> {
  const connection = await bus.whenConnected(signal);
  const server = connection.info?.version ?? '';
  if (!connection.info?.jetstream) return { server };
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const account = await unlessAborted(manager.getAccountInfo(), signal);
  const stream = await unlessAborted(manager.streams.info(eventStream), signal).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return { server, stored: account.storage, ...(stream ? { stream: toStream(stream) } : {}) };
}

function toStream({ config, state }: StreamInfo): NonNullable<BusState['stream']> {
  return {
    isDurable: config.storage === StorageType.File,
    events: state.messages,
    bytes: state.bytes,
    maxBytes: config.max_bytes,
    maxAge: config.max_age,
  };
}
