import { invalidArgument, unimplemented } from '@arcbox/errors';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { type ServedService, service } from '@arcbox/rpc';
import { createContainer } from './create.ts';
import type { Machinery } from './machinery.ts';
import { stopContainer } from './stop.ts';
import { toWish } from './wire.ts';

/** arcbox.engine.v1.ContainerService */
export function engineContainerService(machinery: Machinery): ServedService {
  return service(ContainerServiceDefinition, {
    async create({ container, autoRemove, internal }, { signal }) {
      if (!container) throw invalidArgument('container is needed');
      const { id, warnings } = await createContainer(machinery, toWish(container, autoRemove, internal), signal);
      return { id, warnings: [...warnings] };
    },
    async stop({ id, timeoutSeconds, signal: name }, { signal }) {
      await stopContainer(machinery, id, { timeout: timeoutSeconds, signal: name }, signal);
      return {};
    },
    export() {
      throw unimplemented('export is not implemented yet');
    },
  });
}
