import type { StartWorker } from '@arcbox/lifecycle';
import { IconServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve, service } from '@arcbox/rpc';
import { iconsService } from './service.ts';

/** Discovery and health are there; it keeps no state yet. */
export const startWorker: StartWorker = async (host) => {
  const server = await serve(host, [service(IconServiceDefinition, iconsService)]);
  server.ready();
  return server;
};
