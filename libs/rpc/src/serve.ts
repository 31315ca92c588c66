import { build, type Config, systemUser } from '@arcbox/config';
import type { Bus } from '@arcbox/events';
import type { Logger } from '@arcbox/log';
import type { Store } from '@arcbox/store';
import { createServer } from 'nice-grpc';
import { announce, type Registration } from './announce.ts';
import { serverOptions } from './channel-options.ts';
import { healthService } from './health.ts';
import { metricsService } from './metrics.ts';
import { idempotencyMiddleware } from './idempotency.ts';
import { callMiddleware, gateMiddleware } from './middleware.ts';
import type { ServedService } from './served-service.ts';
import { bindSocket } from './unix-socket.ts';

export interface WorkerServer extends AsyncDisposable {
  /** gRPC target of this replica. */
  readonly address: string;
  /** How the others know it. */
  readonly registration: Registration;
  /** Opens the gate: recovery is done, calls may come. */
  ready(): void;
}

/** Calls in flight get this long to finish when the worker stops, in milliseconds. */
const grace = 1_500;

/** And then, told that the worker is stopping, this long for their last words; milliseconds. */
const lastWords = 200;

/**
 * Serves on the replica's socket and registers it. Until `ready` is called
 * every service that is not `early` answers UNAVAILABLE `<worker> is starting`.
 * `store` makes unary calls idempotent by key.
 */
export async function serve(
  host: { config: Config; bus: Bus; node: string; log: Logger },
  services: readonly ServedService[],
  store?: Store,
): Promise<WorkerServer> {
  const { config, log } = host;
  const stopping = new AbortController();
  let ready = false;
  let server = createServer(serverOptions).use(callMiddleware({ log, stopping: stopping.signal }));
  if (store) server = server.use(idempotencyMiddleware(store, codecsOf(services)));
  const gate = gateMiddleware(config.worker, () => ready);
  for (const { definition, implementation, early } of services) {
    const builder = early ? server : server.with(gate);
    builder.add(definition, implementation as never);
  }
  const health = healthService(services.map(({ definition }) => definition.fullName));
  const metrics = metricsService({ worker: config.worker, replica: config.replica, node: host.node });
  for (const { definition, implementation } of [health, metrics]) {
    // The gateway answers for the whole engine instead.
    if (services.some(({ definition: { fullName } }) => fullName === definition.fullName)) continue;
    server.add(definition, implementation as never);
  }
  const path = config.paths.workerSocket(config.replica);
  await bindSocket(path, systemUser(config.user)?.gid, () => server.listen(`unix:${path}`));
  const registration: Registration = {
    worker: config.worker,
    replica: config.replica,
    node: host.node,
    address: `unix:${path}`,
    version: build.version,
    services: services.map(({ definition }) => definition.fullName),
    pid: process.pid,
    startedAt: new Date().toISOString(),
  };
  const announcement = announce(host.bus, registration, log);
  return {
    address: registration.address,
    registration,
    ready() {
      ready = true;
      health.serving();
    },
    async [Symbol.asyncDispose]() {
      // Whoever watches the health goes elsewhere before the connections close.
      health.stopping();
      await announcement[Symbol.asyncDispose]();
      const done = server.shutdown();
      const tell = setTimeout(() => stopping.abort(), grace);
      const force = setTimeout(() => server.forceShutdown(), grace + lastWords);
      await done;
      clearTimeout(tell);
      clearTimeout(force);
    },
  };
}

function codecsOf(services: readonly ServedService[]): Parameters<typeof idempotencyMiddleware>[1] {
  const codecs = new Map();
  for (const { definition } of services) {
    const { fullName, methods } = definition as unknown as {
      fullName: string;
      methods: Record<string, { name: string; requestType: Message; responseType: Message }>;
    };
    for (const { name, requestType, responseType } of Object.values(methods)) {
      codecs.set(`/${fullName}/${name}`, {
        requestSerialize: (message: unknown) => requestType.encode(message).finish(),
        responseSerialize: (message: unknown) => responseType.encode(responseType.fromPartial(message)).finish(),
        responseDeserialize: (bytes: Uint8Array) => responseType.decode(bytes),
      });
    }
  }
  return codecs;
}

interface Message {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromPartial(message: unknown): unknown;
}
