import { systemUser } from '@arcbox/config';
import type { StartWorker, WorkerHost } from '@arcbox/lifecycle';
import { descriptorSet } from '@arcbox/proto/descriptor';
import { serve } from '@arcbox/rpc';
import type { Certificates } from './certificates.ts';
import { Connections } from './connections.ts';
import { Descriptors } from './descriptors.ts';
import { engineHealth } from './engine-health.ts';
import { EngineMetrics, metricsOfAll } from './engine-metrics.ts';
import { Front } from './front.ts';
import { serveMetrics } from './metrics-endpoint.ts';
import { prepare } from './prepare.ts';
import { reflection } from './reflection.ts';
import { offeredServices, Routes } from './routes.ts';
import { workerList } from './worker-list.ts';
import { askForMetrics } from './worker-metrics-client.ts';

/**
 * The gateway: a worker like the others for the services that it answers
 * itself, and the door through which clients reach all workers, it included.
 */
export const startWorker = async (
  { config, node, bus, directory, replicas, log }: WorkerHost,
  certificates: Certificates | undefined = prepare(config),
): ReturnType<StartWorker> => {
  await using stack = new AsyncDisposableStack();
  const descriptors = new Descriptors(descriptorSet);
  const connections = stack.use(new Connections(directory));
  const metrics = new EngineMetrics({
    self: { worker: config.worker, replica: config.replica, node },
    others: () => connections.all().map(({ registration }) => registration).filter(({ worker }) => worker !== config.worker),
    ask: (registration) => askForMetrics(replicas, registration, log),
  });
  const services = [
    workerList(connections),
    metricsOfAll(metrics),
    engineHealth(connections),
    ...reflection(descriptors, offeredServices),
  ];
  const server = stack.use(await serve({ config, node, bus, log }, services));
  connections.include(server.registration);
  server.ready();
  const front = stack.use(new Front({ routes: new Routes(descriptors.set), connections, log }));
  await front.listenOnSocket(config.paths.gatewaySocket, systemUser(config.user)?.gid);
  if (config.metrics) stack.use(await serveMetrics(config.metrics, () => metrics.read(), log));
  if (config.listen) await front.listenOnTcp(config.listen, certificates);
  return stack.move();
};
