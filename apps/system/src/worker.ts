import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usualEventRetention } from '@arcbox/config';
import { EventLog, startRelay } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import { serve, service } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { diagnose } from './diagnose/diagnose.ts';
import { engineSystemService } from './engine-service.ts';
import { engineSystemDefinition, systemDefinition } from './events-wire.ts';
import { hostIntegration } from './host-integration.ts';
import { Inventory } from './inventory-client.ts';
import { Presence } from './presence.ts';
import { pruneSweeps } from './prune-sweeps.ts';
import { findBridgeSubnet } from './bridge-subnet-client.ts';
import { systemService } from './service.ts';
import { SetupMonitor } from './setup-monitor.ts';
import { hostShortcomings } from './shortcomings.ts';
import { WorkerHealth } from './worker-health-client.ts';

/** Without one of these an engine is not whole; icons and migration are extras. */
const needed = ['images', 'containers', 'networks', 'volumes'];

/**
 * One that joins others says that it is ready when it has seen what they have, or after this time; milliseconds. Before
 * that it is asked only where nobody else is, so that it may take as long as a busy host needs.
 */
const patience = 15_000;

export const startWorker: StartWorker = async (host) => {
  const { bus, clients, config, directory, log, node, replicas } = host;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(openStore(join(config.paths.service('system'), 'state.db')));
  stack.use(startRelay({ bus, store, source: `arcbox://${node}/system`, log }));
  const presence = stack.use(new Presence(store, { node, replica: config.replica }));
  const retention = config.eventRetention ?? usualEventRetention;
  const events = stack.use(new EventLog(bus, log, retention));
  const health = stack.use(new WorkerHealth({ directory, node, workers: needed }));
  const setup = stack.use(
    new SetupMonitor({
      needed,
      health,
      log,
      followsCrash: presence.followsCrash,
      others: presence,
      shortcomings: () => hostShortcomings({ containersPid: health.pidOf('containers') }),
      integration: async () =>
        hostIntegration({
          dockerSocket: join(config.paths.run, 'docker.sock'),
          bridgeSubnet: health.isServing('networks') ? await findBridgeSubnet(clients) : undefined,
        }),
    }),
  );
  const sweeps = pruneSweeps(clients);
  const server = stack.use(
    await serve(
      host,
      [
        service(
          systemDefinition,
          systemService({
            events,
            setup,
            store,
            node,
            inventory: new Inventory(clients, store, log),
            prune: sweeps,
            stateDirectory: config.paths.state,
            isRemapped: config.usernsRemap !== undefined,
          }),
          { early: true },
        ),
        service(
          engineSystemDefinition,
          engineSystemService({
            clients,
            events,
            node,
            retention,
            prune: sweeps,
            diagnose: (signal) => diagnose({ bus, directory, replicas, node, paths: config.paths, needed }, signal),
          }),
          { early: true },
        ),
      ],
      store,
    ),
  );
  presence.enter();
  if (presence.joins) await Promise.race([setup.settled, sleep(patience, undefined, { ref: false })]);
  server.ready();
  return stack.move();
};
