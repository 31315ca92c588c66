import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@arcbox/events';
import type { Logger } from '@arcbox/log';
import type { Service } from 'nats';

/** How a replica presents itself to everybody else. */
export interface Registration {
  /** Worker name: `images`. */
  readonly worker: string;
  readonly replica: string;
  readonly node: string;
  /** gRPC target: `unix:/…` or `host:port`. */
  readonly address: string;
  readonly version: string;
  readonly services: readonly string[];
  readonly pid: number;
  /** RFC 3339. */
  readonly startedAt: string;
}

/** Says that the set of replicas has changed: `{"arrived":…}` or `{"left":…}`. */
export const changesSubject = 'arcbox.discovery.v1.changes';

/** Name of a worker among the NATS services (ADR-32 of NATS). */
export const serviceName = (worker: string): string => `arcbox-${worker}`;

/** Between attempts to register, and how long taking it back may take; milliseconds. */
const [registerAgain, patience] = [500, 500];

/**
 * Registers a replica as a NATS service, at once or when the bus comes, and
 * tells whoever listens. Disposing takes the registration back.
 */
export function announce(bus: Bus, registration: Registration, log: Logger): AsyncDisposable {
  const abort = new AbortController();
  const registering = register(bus, registration, abort.signal, log);
  bus.onReconnect(() => void tell(bus, { arrived: registration }), abort.signal);
  return {
    async [Symbol.asyncDispose]() {
      abort.abort();
      // Without the bus nobody is told: others notice by themselves, and the registration ends with the connection.
      if (!bus.connected) return;
      await Promise.race([withdraw(bus, registration, registering), sleep(patience, undefined, { ref: false })]);
    },
  };
}

async function withdraw(bus: Bus, registration: Registration, registering: Promise<Service | undefined>): Promise<void> {
  await tell(bus, { left: registration });
  const service = await registering;
  await service?.stop().catch(() => {});
}

async function register(bus: Bus, registration: Registration, signal: AbortSignal, log: Logger): Promise<Service | undefined> {
  while (!signal.aborted) {
    try {
      const connection = await bus.connection;
      const service = await connection.services.add({
        name: serviceName(registration.worker),
        version: registration.version,
        description: `ArcBox ${registration.worker} worker`,
        metadata: toMetadata(registration),
      });
      await tell(bus, { arrived: registration });
      return service;
    } catch (error) {
      if (bus.connected) log.warn({ error }, 'registering failed; trying again');
      await sleep(registerAgain, undefined, { signal, ref: false }).catch(() => {});
    }
  }
  return undefined;
}

/** Best effort: whoever does not hear it learns it from the next round of questions. */
async function tell(bus: Bus, change: { arrived: Registration } | { left: Registration }): Promise<void> {
  try {
    const connection = await bus.connection;
    connection.publish(changesSubject, JSON.stringify(change));
  } catch {
    // The bus is closed.
  }
}

function toMetadata({ services, pid, ...rest }: Registration): Record<string, string> {
  return { ...rest, pid: String(pid), services: services.join(',') };
}

/** The registration in the metadata of a NATS service; undefined when it is none of ours. */
export function fromMetadata(metadata: unknown): Registration | undefined {
  if (!isObject(metadata)) return undefined;
  const { services, pid } = metadata;
  return toRegistration({ ...metadata, pid: Number(pid), services: typeof services === 'string' ? services.split(',') : [] });
}

/** What came over the bus, if it is a registration. */
export function toRegistration(value: unknown): Registration | undefined {
  if (!isObject(value)) return undefined;
  const { worker, replica, node, address, version, services, pid, startedAt } = value;
  if (!isText(worker) || !isText(replica) || !isText(node) || !isText(address) || !isText(version)) return undefined;
  if (!isText(startedAt) || typeof pid !== 'number' || !Array.isArray(services)) return undefined;
  return { worker, replica, node, address, version, startedAt, pid, services: services.filter(isText) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
