import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startRelay } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import { serve } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { Background } from './supervise/background.ts';
import { Boots, readBootId } from './supervise/boots.ts';
import type { LogLimits } from './record/config.ts';
import { Containers } from './record/containers.ts';
import { Ends } from './supervise/ends.ts';
import { Execs } from './exec/execs.ts';
import { HealthChecks } from './health/health-checks.ts';
import { Healths } from './health/healths.ts';
import { engineContainerService } from './engine-service.ts';
import { watchExits } from './supervise/exits.ts';
import { removeOldViews } from './files/detach.ts';
import { Images } from './clients/images-client.ts';
import type { Machinery } from './machinery.ts';
import { Orphans } from './supervise/orphans.ts';
import { OutOfMemory } from './supervise/out-of-memory.ts';
import { Patrol } from './supervise/patrol.ts';
import { placesOf } from './record/places.ts';
import { Restarts } from './supervise/restarts.ts';
import { allOf, type RunWatch } from './supervise/run-watch.ts';
import { Runc } from './runtime/runc.ts';
import { Sandboxes } from './clients/sandboxes-client.ts';
import { containerService } from './service.ts';
import { Remapping, type RemappingOptions } from './userns/remapping.ts';
import { settle } from './supervise/settle.ts';
import { probeHost } from './spec/host.ts';
import { StatsTicker } from './show/stats-ticker.ts';
import { Volumes } from './clients/volumes-client.ts';

/** What a container's log may grow to when nobody says otherwise. */
const defaultLogLimits: LogLimits = { maxBytes: 10 * 1024 * 1024, maxFiles: 3 };

export interface WorkerOptions {
  /** Of new containers. */
  readonly logLimits?: LogLimits;
  /** Instead of what the environment says. */
  readonly remapping?: RemappingOptions;
  /** Instead of the kernel's name for the time since the host has started. */
  readonly bootId?: string;
}

/** The containers worker with other settings than the usual. */
export function startWorkerWith(options: WorkerOptions): StartWorker {
  return async (host) => {
    const { config, log, bus, clients } = host;
    await using stack = new AsyncDisposableStack();
    const places = placesOf(config.paths);
    for (const path of [places.bundles, places.runtime, places.exits, places.views, places.layers]) mkdirSync(path, { recursive: true, mode: 0o700 });
    for (const path of [places.views, places.layers]) removeOldViews(path);
    const store = stack.use(openStore(join(places.state, 'state.db'), { keepRoom: true }));
    const containers = stack.use(new Containers(store));
    const background = stack.use(new Background(log));
    const plan = (id: string): void => restarts.plan(id);
    const runs: RunWatch = { began: (id) => watch.began(id), look: (running) => watch.look(running) };
    const machinery: Machinery = {
      store,
      containers,
      background,
      ends: new Ends(containers, places, (id) => background.run(`settle ${id}`, () => settle(machinery, id))),
      execs: new Execs(store, containers),
      healths: new Healths(store, containers),
      restarts: { plan },
      runs,
      runtime: new Runc(places.runtime),
      places,
      host: probeHost(),
      remapping: new Remapping({ remap: config.usernsRemap, subordinateIds: config.subordinateIds, ...options.remapping }),
      logLimits: options.logLimits ?? defaultLogLimits,
      images: new Images(clients),
      sandboxes: new Sandboxes(clients),
      volumes: new Volumes(clients),
      ticker: stack.use(new StatsTicker(containers)),
      log,
    };
    const restarts = stack.use(new Restarts(machinery));
    const watch = allOf([stack.use(new HealthChecks(machinery)), stack.use(new Orphans(machinery)), stack.use(new OutOfMemory(machinery))], log);
    stack.use(startRelay({ bus, store, source: `arcbox://${host.node}/containers`, log }));
    const services = [containerService(machinery), engineContainerService(machinery)];
    const server = stack.use(await serve(host, services, store));
    // Before the first look around, so that no end falls between.
    stack.use(watchExits(places.exits, log, (id) => machinery.ends.notice(id)));
    stack.use(new Patrol({ ...machinery, boots: new Boots(machinery, options.bootId ?? readBootId()) })).start();
    server.ready();
    return stack.move();
  };
}

export const startWorker = startWorkerWith({});
