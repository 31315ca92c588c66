import {
  type Worker,
  Worker_Health as Health,
  WorkerServiceDefinition,
} from '@arcbox/proto/arcbox/engine/v1/worker';
import { type ServedService, service } from '@arcbox/rpc';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';

/** arcbox.engine.v1.WorkerService: what the gateway has found. */
export function workerList(connections: Connections): ServedService {
  return service(WorkerServiceDefinition, {
    async listWorkers() {
      const all = connections.all();
      // Whoever has just come back is not shown as away; all at once, so that it takes no longer than one.
      await Promise.allSettled(all.map((connection) => connection.connect()));
      return { workers: all.map(toWorker) };
    },
  });
}

function toWorker(connection: Connection): Partial<Worker> {
  const { worker, replica, node, address, version, services, pid, startedAt } = connection.registration;
  return { name: worker, replica, node, address, version, services: [...services], pid, startedAt, health: healthOf(connection) };
}

function healthOf(connection: Connection): Health {
  if (!connection.responsive) return Health.HEALTH_UNREACHABLE;
  return connection.serving ? Health.HEALTH_SERVING : Health.HEALTH_STARTING;
}
