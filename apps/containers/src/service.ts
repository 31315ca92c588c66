import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { type ServedService, service } from '@arcbox/rpc';
import { attach } from './attach/attach-service.ts';
import { createContainer } from './create/create.ts';
import { createExec } from './exec/create-exec.ts';
import { execStart, toCommand } from './exec/exec-service.ts';
import { killContainer } from './stop/kill.ts';
import { listContainers } from './show/list.ts';
import { readLogs } from './log/logs.ts';
import { toLogEntry, toLogQuery } from './log/logs-wire.ts';
import type { Machinery } from './machinery.ts';
import { readOptions } from './options/options-wire.ts';
import { pauseContainer, unpauseContainer } from './stop/pause.ts';
import { removeContainer } from './remove/remove.ts';
import { ofAll, sizeOf } from './show/size.ts';
import { startContainer } from './start/start.ts';
import { sample } from './show/stats.ts';
import { stopContainer } from './stop/stop.ts';
import { topOf } from './show/top.ts';
import { waitForContainer } from './show/wait.ts';
import { toInfo, toStats, toSummary, toWish } from './wire.ts';

/** arcbox.v1.ContainerService */
export function containerService(machinery: Machinery): ServedService {
  const { containers } = machinery;
  return service(ContainerServiceDefinition, {
    async create(request, { signal, keyed }) {
      const wish = toWish(request, { autoRemove: false, ...readOptions(undefined) });
      const { id, warnings } = await createContainer(machinery, wish, signal, keyed?.keep);
      return { id, warnings: [...warnings] };
    },
    async start({ id }, { signal, keyed }) {
      await startContainer(machinery, id, signal, { key: keyed?.key });
      return {};
    },
    async stop({ id, timeout }, { signal }) {
      await stopContainer(machinery, id, timeout === 0 ? {} : { timeout }, signal);
      return {};
    },
    async kill({ id, signal }) {
      await killContainer(containers, id, signal);
      return {};
    },
    async remove({ id, force, volumes }, { signal, keyed }) {
      await removeContainer(machinery, id, { force, volumes, key: keyed?.key }, signal);
      return {};
    },
    async list(request, { signal }) {
      const found = await listContainers(machinery, request, signal);
      const now = Date.now();
      const sizes = request.size ? await ofAll(found, sizeOf, signal) : [];
      return { containers: found.map((container, i) => toSummary(container, now, sizes[i])) };
    },
    async inspect({ id }) {
      return toInfo(containers.find(id));
    },
    async *logs(request, { signal }) {
      for await (const entries of readLogs(machinery, request.containerId, toLogQuery(request), signal)) {
        for (const entry of entries) yield toLogEntry(entry, request.timestamps);
      }
    },
    async *attach(request, context) {
      yield* attach(machinery, request, context);
    },
    async wait({ id, condition }, { signal }) {
      const { exitCode, error } = await waitForContainer(containers, id, condition, signal);
      return { statusCode: BigInt(exitCode), error };
    },
    async pause({ id }, { signal }) {
      await pauseContainer(containers, id, signal);
      return {};
    },
    async unpause({ id }, { signal }) {
      await unpauseContainer(containers, id, signal);
      return {};
    },
    async stats({ id }) {
      return toStats(sample(containers.find(id)));
    },
    async top({ id, psArgs }) {
      const { titles, rows } = await topOf(containers, id, psArgs);
      return { titles: [...titles], processes: rows.map((values) => ({ values: [...values] })) };
    },
    async execCreate(request) {
      return { id: createExec(containers, machinery.execs, request.containerId, toCommand(request)) };
    },
    execStart: (request, context) => execStart(machinery, request, context),
  });
}
