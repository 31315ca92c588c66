import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError, messageOf, unavailable } from '@arcbox/errors';
import { startRelay } from '@arcbox/events';
import type { StartWorker, WorkerHost } from '@arcbox/lifecycle';
import { NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { serve, service } from '@arcbox/rpc';
import { openStore, type Store } from '@arcbox/store';
import { Firewall } from './firewall.ts';
import type { Ground } from './ground.ts';
import { Names } from './names.ts';
import { networkService } from './network-service.ts';
import { recordPredefined } from './predefined.ts';
import { Records } from './records.ts';
import { recover } from './recover.ts';
import { Relays } from './relays.ts';
import { sandboxService } from './sandbox-service.ts';
import { startWatch } from './watch.ts';

/**
 * Builds the networks worker. It comes up also where networks cannot be had and
 * then says so to whoever asks for one. Stopping it leaves every network in
 * place: containers outlive workers.
 */
export const startWorker: StartWorker = async (host) => {
  await using stack = new AsyncDisposableStack();
  const store = stack.use(openStore(join(host.config.paths.service('networks'), 'state.db'), { keepRoom: true }));
  stack.use(startRelay({ bus: host.bus, store, source: `arcbox://${host.node}/networks`, log: host.log }));
  const ground = prepareGround(host, store);
  stack.use(ground.relays);
  stack.use(ground.names);
  const server = stack.use(
    await serve(
      host,
      [service(NetworkServiceDefinition, networkService(ground)), service(SandboxServiceDefinition, sandboxService(ground))],
      store,
    ),
  );
  await ground.settled().catch((error: unknown) => host.log.error({ error }, messageOf(error)));
  // Where recovery was refused the networks can be looked at all the same.
  await recordPredefined(ground);
  stack.use(startWatch(ground));
  ground.relays.start();
  ground.names.start();
  server.ready();
  return stack.move();
};

function prepareGround({ config, node, log }: WorkerHost, store: Store): Ground {
  const records = new Records(store);
  const tag = tagOf(node);
  const directory = join(config.paths.run, 'networks');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const ground: Ground = {
    node,
    tag,
    netns: join(config.paths.run, 'netns'),
    store,
    records,
    firewall: new Firewall({ tag, directory, records, log }),
    names: new Names({ directory, store, records, log }),
    relays: new Relays(store, records, log),
    log,
    settled: once(() => recover(ground)),
  };
  return ground;
}

/** 8 hex characters that tell the engines of one host apart. */
export function tagOf(node: string): string {
  return createHash('sha256').update(node).digest('hex').slice(0, 8);
}

/** Runs `work` until it has succeeded once; who asks meanwhile waits for the same attempt. */
function once(work: () => Promise<void>): () => Promise<void> {
  let attempt: Promise<void> | undefined;
  return () => {
    attempt ??= work().catch((error: unknown) => {
      attempt = undefined;
      throw error instanceof EngineError ? error : unavailable(`networks cannot be set up on this host: ${messageOf(error)}`, error);
    });
    return attempt;
  };
}
