import { notFound } from '@arcbox/errors';
import { HealthCheckResponse_ServingStatus as Status, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { FanOut } from '@arcbox/stream';
import type { CallContext } from './context.ts';
import { type ServedService, service } from './served-service.ts';

/** grpc.health.v1 of one worker: overall (`""`) and by service name. */
export function healthService(names: readonly string[]): ServedService & { serving(): void; stopping(): void } {
  let status = Status.NOT_SERVING;
  const changes = new FanOut<Status>(16);
  const set = (next: Status): void => {
    status = next;
    changes.publish(next);
  };
  const known = (name: string): boolean => name === '' || names.includes(name);
  const served = service(
    HealthDefinition,
    {
      async check({ service: name }) {
        if (!known(name)) throw notFound(`no such service: ${name}`);
        return { status };
      },
      async list() {
        return { statuses: Object.fromEntries(['', ...names].map((name) => [name, { status }])) };
      },
      async *watch({ service: name }, { signal }: CallContext) {
        using updates = changes.subscribe([known(name) ? status : Status.SERVICE_UNKNOWN]);
        signal.addEventListener('abort', () => updates[Symbol.dispose](), { once: true });
        for await (const update of updates) yield { status: known(name) ? update : Status.SERVICE_UNKNOWN };
      },
    },
    { early: true },
  );
  return {
    ...served,
    serving: () => set(Status.SERVING),
    stopping: () => {
      set(Status.NOT_SERVING);
      changes.end();
    },
  };
}
