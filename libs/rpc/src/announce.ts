import type { Bus } from '@arcbox/events';
import type { Logger } from '@arcbox/log';

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

/**
 * Registers a replica as a NATS service, at once or when the bus comes, and
 * tells whoever listens. Disposing takes the registration back.
 */
export function announce(bus: Bus, registration: Registration, log: Logger): AsyncDisposable {
  const registering = register(bus, registration).catch((error: unknown) => {
    if (bus.connected) log.error({ error }, 'registering failed');
    return undefined;
  });
  const again = new AbortController();
  bus.onReconnect(() => void tell(bus, { arrived: registration }), again.signal);
  return {
    async [Symbol.asyncDispose]() {
      again.abort();
      if (!bus.connected) return;
      const service = await registering;
      await tell(bus, { left: registration });
      await service?.stop();
    },
  };
}

async function register(bus: Bus, registration: Registration): Promise<{ stop(): Promise<unknown> }> {
  const connection = await bus.connection;
  const service = await connection.services.add({
    name: serviceName(registration.worker),
    version: registration.version,
    description: `ArcBox ${registration.worker} worker`,
    metadata: toMetadata(registration),
  });
  await tell(bus, { arrived: registration });
  return service;
}

async function tell(bus: Bus, change: { arrived: Registration } | { left: Registration }): Promise<void> {
  const connection = await bus.connection;
  connection.publish(changesSubject, JSON.stringify(change));
}

function toMetadata({ services, pid, ...rest }: Registration): Record<string, string> {
  return { ...rest, pid: String(pid), services: services.join(',') };
}

/** The registration in the metadata of a NATS service; undefined when it is none of ours. */
export function fromMetadata(metadata: Record<string, string> | undefined): Registration | undefined {
  const { worker, replica, node, address, version, services, pid, startedAt } = metadata ?? {};
  if (!worker || !replica || !node || !address || !version || !startedAt) return undefined;
  return { worker, replica, node, address, version, startedAt, pid: Number(pid), services: (services ?? '').split(',').filter(Boolean) };
}
