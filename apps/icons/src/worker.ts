import { join } from 'node:path';
import { readIconHosts } from '@arcbox/config';
import { shareEvents } from '@arcbox/events';
import type { StartWorker } from '@arcbox/lifecycle';
import { IconServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve, service } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { IconCache } from './icon-cache.ts';
import { Icons } from './icons.ts';
import { lookAhead } from './look-ahead.ts';
import { Prober } from './prober.ts';
import { iconService } from './service.ts';

export const startWorker: StartWorker = async (host) => {
  const { bus, config, log } = host;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(openStore(join(config.paths.service('icons'), 'state.db')));
  const prober = stack.use(new Prober());
  const hosts = config.iconHosts ?? readIconHosts({});
  const icons = stack.use(new Icons({ cache: new IconCache(store), prober, hosts, leases: store.leases, log }));
  stack.use(
    shareEvents(bus, { type: 'image', action: 'pull', group: 'icons' }, ({ actor }) => lookAhead(icons, actor?.attributes['name'])),
  );
  const server = stack.use(await serve(host, [service(IconServiceDefinition, iconService({ icons }))], store));
  server.ready();
  return stack.move();
};
