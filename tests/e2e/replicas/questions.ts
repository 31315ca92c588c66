import { MetricsServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/metrics';
import { MigrationServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/migration';
import { SystemServiceDefinition as EngineSystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { IconServiceDefinition, type SetupStatus, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ClientError, Status } from 'nice-grpc-common';
import type { Engine } from '../engine.ts';
import { readMetrics } from '../metrics-text.ts';

/** How long since: it changes by itself. */
const ago = /(Up .*|(About |Less than )?[^ ]+ [^ ]+ ago)$/i;

/** What can be asked at any time, without what changes by itself; history up to `until`, Unix seconds. No call is made twice. */
export function questionsTo(engine: Engine, until: bigint): Readonly<Record<string, () => Promise<unknown>>> {
  const system = engine.client(SystemServiceDefinition);
  const further = engine.client(EngineSystemServiceDefinition);
  const deaths = { since: 1n, until: until * 1_000_000_000n, filters: { type: 'container', event: 'die' } };
  return {
    info: () => system.getInfo({}),
    version: async () => (await system.getVersion({})).version,
    ping: () => system.ping({}),
    setup: () => system.getSetupStatus({}),
    history: () => whole(() => system.events({ since: 1n, until })),
    deaths: async () => (await whole(() => further.events(deaths))).flatMap(({ event, cause }) => (event ? [{ event, cause }] : [])),
    prune: async () => {
      const { items, spaceReclaimed } = await further.planPrune({ types: ['all'], all: true });
      return { spaceReclaimed, items: items.map((item) => ({ ...item, reason: item.reason.replace(ago, '') })) };
    },
    usage: async () => {
      const usage = await further.getDiskUsage({});
      return { ...usage, containers: usage.containers.map((container) => ({ ...container, status: container.status.replace(ago, '') })) };
    },
    diagnosis: async () => {
      const { findings } = await further.diagnose({});
      return findings.filter(({ area }) => area !== 'workers' && area !== 'host').map(({ name, severity }) => ({ name, severity }));
    },
    icon: () => engine.client(IconServiceDefinition).getImageIcon({ fqin: 'redis' }),
    migrations: () => engine.client(MigrationServiceDefinition).listMigrations({}),
    metrics: async () => {
      const { text } = await engine.client(MetricsServiceDefinition).read({});
      return readMetrics(text).find(({ name, labels }) => name === 'arcbox_containers' && labels['state'] === 'running')?.value;
    },
  };
}

/** All that a watcher of the setup is told until `signal` aborts; it comes again when its replica has gone. */
export async function watchSetup(engine: Engine, signal: AbortSignal): Promise<SetupStatus[]> {
  const seen: SetupStatus[] = [];
  while (!signal.aborted) {
    try {
      for await (const status of engine.client(SystemServiceDefinition).watchSetupStatus({}, { signal })) seen.push(status);
    } catch (error) {
      if (!signal.aborted && !isAway(error)) throw error;
    }
  }
  return seen;
}

/** All of a stream, from its beginning. */
export const whole = <T>(read: () => AsyncIterable<T>): Promise<T[]> => insist(() => Array.fromAsync(read()));

/** Makes a call, and again when the replica that was asked has gone in the middle of it. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isAway(error)) throw error;
    }
  }
}

const isAway = (error: unknown): boolean => error instanceof ClientError && error.code === Status.UNAVAILABLE;
