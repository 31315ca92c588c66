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
    async restart() {
      throw unimplemented('restart is not implemented yet');
    },
    async rename() {
      throw unimplemented('rename is not implemented yet');
    },
    async update() {
      throw unimplemented('update is not implemented yet');
    },
    async inspect() {
      throw unimplemented('inspect is not implemented yet');
    },
    async resize() {
      throw unimplemented('resize is not implemented yet');
    },
    async resizeExec() {
      throw unimplemented('resizeExec is not implemented yet');
    },
    async inspectExec() {
      throw unimplemented('inspectExec is not implemented yet');
    },
    async statPath() {
      throw unimplemented('statPath is not implemented yet');
    },
    async writeArchive() {
      throw unimplemented('writeArchive is not implemented yet');
    },
    async changes() {
      throw unimplemented('changes is not implemented yet');
    },
    async commit() {
      throw unimplemented('commit is not implemented yet');
    },
    async prune() {
      throw unimplemented('prune is not implemented yet');
    },
    async connectNetwork() {
      throw unimplemented('connectNetwork is not implemented yet');
    },
    async disconnectNetwork() {
      throw unimplemented('disconnectNetwork is not implemented yet');
    },
    async start() {
      throw unimplemented('start is not implemented yet');
    },
    watchStats() {
      throw unimplemented('watchStats is not implemented yet');
    },
    exec() {
      throw unimplemented('exec is not implemented yet');
    },
    readArchive() {
      throw unimplemented('readArchive is not implemented yet');
    },
  });
}
