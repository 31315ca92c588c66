import { notFound } from '@arcbox/errors';
import { HealthCheckResponse_ServingStatus as Status, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { type CallContext, publicServices, type ServedService, service, workerOf } from '@arcbox/rpc';
import { Signal } from '@arcbox/stream';
import type { Connections } from './connections.ts';

/** Looked at again this often, in milliseconds, whatever happens. */
const period = 60_000;

/** grpc.health.v1 of the whole engine: `""` is the gateway itself, a service serves when one of its replicas does. */
export function engineHealth(connections: Connections): ServedService {
  const statusOf = (name: string): Status | undefined => {
    if (name === '') return Status.SERVING;
    if (!publicServices.includes(name)) return undefined;
    return connections.isServing(workerOf(name) ?? name) ? Status.SERVING : Status.NOT_SERVING;
  };
  return service(
    HealthDefinition,
    {
      async check({ service: name }) {
        const status = statusOf(name);
        if (status === undefined) throw notFound(`no such service: ${name}`);
        return { status };
      },
      async list() {
        return { statuses: Object.fromEntries(['', ...publicServices].map((name) => [name, { status: statusOf(name) }])) };
      },
      async *watch({ service: name }, { signal }: CallContext) {
        const changed = new Signal();
        connections.onChange(() => changed.raise(), signal);
        for (let last: Status | undefined; !signal.aborted; await changed.wait(period, signal)) {
          const status = statusOf(name) ?? Status.SERVICE_UNKNOWN;
          if (status !== last) yield { status };
          last = status;
        }
      },
    },
    { early: true },
  );
}
